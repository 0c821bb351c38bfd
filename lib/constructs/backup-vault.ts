import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { BackupConfig } from '../config';

export interface BackupVaultProps {
  readonly name: string;
  readonly encryptionKey: kms.IKey;
  /** How long every recovery point in the vault is kept: neither less nor more. */
  readonly retention: Duration;
  /** What the lock means is explained at `BackupOptions.lock`. */
  readonly lock: Pick<BackupConfig, 'lock' | 'lockChangeableForDays'>;
  /** An account that may copy into the vault. @default - the vault's own only */
  readonly sourceAccount?: string;
}

/**
 * A vault for recovery points of one retention. Retentions do not mix: the lock's limits hold for all that is in the
 * vault, so that 35 days and three years need one each. Nothing is kept for less than it was promised, and nothing for
 * ever: a backup or copy that asks for another retention fails.
 */
export class BackupVault extends Construct {
  readonly vault: backup.BackupVault;
  readonly retention: Duration;

  constructor(scope: Construct, id: string, props: BackupVaultProps) {
    super(scope, id);
    this.retention = props.retention;
    const { lock, lockChangeableForDays } = props.lock;
    this.vault = new backup.BackupVault(this, 'Vault', {
      backupVaultName: props.name,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(lock !== 'none' && {
        blockRecoveryPointDeletion: true,
        lockConfiguration: {
          minRetention: props.retention,
          // AWS Backup wants it to be more than the least.
          maxRetention: Duration.days(props.retention.toDays() + 1),
          // With `changeableFor` the lock turns into compliance mode after that time: nobody can undo it any more.
          ...(lock === 'compliance' && { changeableFor: Duration.days(lockChangeableForDays as number) }),
        },
      }),
    });
    if (props.sourceAccount === undefined) return;
    this.vault.addToAccessPolicy(
      new iam.PolicyStatement({
        principals: [new iam.AccountPrincipal(props.sourceAccount)],
        actions: ['backup:CopyIntoBackupVault'],
        resources: ['*'],
      }),
    );
  }
}
