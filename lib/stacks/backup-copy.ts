import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { BackupCopyConfig } from '../config';
import { backupRules } from '../constructs/backup-rules';
import { BackupVault } from '../constructs/backup-vault';
import { resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';

export interface BackupCopyStackProps extends EnvironmentStackProps {
  /** One of the environment's copies. */
  readonly copy: BackupCopyConfig;
}

/**
 * The vaults that backups are copied to, in another region or another account. Nothing else is there: whoever loses the
 * environment's region or account has these, and a key of their own to read them.
 */
export class BackupCopyStack extends Stack {
  constructor(scope: Construct, id: string, props: BackupCopyStackProps) {
    const { environment, copy } = props;
    const env = { account: copy.account ?? environment.account, region: copy.region ?? environment.region };
    super(scope, id, { ...props, env });
    const name = resourceName(namesOf(props));
    const encryptionKey = new kms.Key(this, 'Key', {
      alias: `${name}-backup-copies`,
      description: `Copies of the backups of ${name}`,
      enableKeyRotation: true,
      // Without it no copy can be read any more.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const rules = backupRules(environment.database.backup).flatMap(({ copies }) => copies);
    for (const { target, vault, days } of rules) {
      if (target !== copy) continue;
      new BackupVault(this, vault === 'daily-copies' ? 'Daily' : 'Monthly', {
        name: `${name}-${vault}`,
        encryptionKey,
        retention: Duration.days(days),
        lock: environment.database.backup,
        sourceAccount: copy.account === undefined ? undefined : environment.account,
      });
    }
  }
}
