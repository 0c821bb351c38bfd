import { Arn, ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { BackupConfig } from '../config';
import { type BackupCopyRule, backupRules } from './backup-rules';
import { BackupVault } from './backup-vault';

export interface DatabaseBackupProps {
  /** Prefix of the physical names, `<application>-<environment>`. */
  readonly name: string;
  readonly instance: rds.IDatabaseInstance;
  readonly encryptionKey: kms.Key;
  readonly backup: BackupConfig;
}

/**
 * Three ways back: to any second of the last days, to a day of the last weeks, and to the first of a month of the last
 * years. Each has a vault of its own; the daily and the monthly one are copied to where the configuration says.
 */
export class DatabaseBackup extends Construct {
  /** By the rule's name. */
  readonly vaults: Readonly<Record<string, BackupVault>>;

  constructor(scope: Construct, id: string, props: DatabaseBackupProps) {
    super(scope, id);
    const rules = backupRules(props.backup);
    const plan = new backup.BackupPlan(this, 'Plan', { backupPlanName: props.name });
    this.vaults = Object.fromEntries(
      rules.map(({ name, days }) => [
        name,
        new BackupVault(this, IDS[name], {
          name: `${props.name}-${name}`,
          encryptionKey: props.encryptionKey,
          retention: Duration.days(days),
          lock: props.backup,
        }),
      ]),
    );
    for (const { name, continuous, schedule, copies } of rules) {
      const { vault, retention } = this.vaults[name] as BackupVault;
      plan.addRule(
        new backup.BackupPlanRule({
          ruleName: name,
          backupVault: vault,
          enableContinuousBackup: continuous,
          deleteAfter: retention,
          scheduleExpression: schedule,
          // RDS takes one backup of an instance at a time: a job may have to wait for the one before.
          startWindow: Duration.hours(2),
          completionWindow: Duration.hours(12),
          copyActions: copies.map((copy, index) => ({
            destinationBackupVault: backup.BackupVault.fromBackupVaultArn(
              this,
              `${IDS[name]}Copy${index}`,
              copyVaultArn(this, props.name, copy),
            ),
            // AWS Backup's own default is for ever.
            deleteAfter: Duration.days(copy.days),
          })),
          recoveryPointTags: { 'greenroom:backup': name },
        }),
      );
    }
    plan.addSelection('Database', { resources: [backup.BackupResource.fromRdsDatabaseInstance(props.instance)] });
    for (const { account } of props.backup.copies) if (account) letAccountCopy(props.encryptionKey, account);
  }
}

/** ARN of a vault at another place, which need not be there yet. */
export function copyVaultArn(scope: Construct, name: string, { vault, target }: BackupCopyRule): string {
  return Arn.format(
    {
      service: 'backup',
      resource: 'backup-vault',
      resourceName: `${name}-${vault}`,
      region: target.region,
      account: target.account,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    Stack.of(scope),
  );
}

const IDS = { 'point-in-time': 'PointInTime', daily: 'Daily', monthly: 'Monthly' } as const;

/** Another account reads the snapshot under this key while it encrypts its copy under its own. */
function letAccountCopy(key: kms.Key, account: string): void {
  const principals = [new iam.AccountPrincipal(account)];
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
    }),
  );
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals,
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  );
}
