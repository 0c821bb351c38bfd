import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface BackupVaultProps {
  readonly name: string;
  readonly encryptionKey: kms.IKey;
  /** How long every recovery point in the vault is kept. */
  readonly retention: Duration;
  /**
   * Governance lock: nothing is kept for less than `retention`, and only who may change the lock can shorten it. Never
   * compliance mode, which nobody, AWS included, can undo.
   */
  readonly lock: boolean;
}

/**
 * A vault for recovery points of one retention. Retentions do not mix: the lock's minimum holds for all that is in the
 * vault, so that 35 days and three years need one each.
 */
export class BackupVault extends Construct {
  readonly vault: backup.BackupVault;
  readonly retention: Duration;

  constructor(scope: Construct, id: string, props: BackupVaultProps) {
    super(scope, id);
    this.retention = props.retention;
    this.vault = new backup.BackupVault(this, 'Vault', {
      backupVaultName: props.name,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
      // No `changeableFor`: with it the lock turns into compliance mode after that time.
      ...(props.lock && { lockConfiguration: { minRetention: props.retention }, blockRecoveryPointDeletion: true }),
    });
  }
}
