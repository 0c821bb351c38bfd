import { Duration } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { DatabaseConfig } from '../config';
import { BackupVault } from './backup-vault';

export interface DatabaseBackupProps {
  /** Prefix of the physical names, `<application>-<environment>`. */
  readonly name: string;
  readonly instance: rds.DatabaseInstance;
  readonly encryptionKey: kms.IKey;
  readonly backup: DatabaseConfig['backup'];
}

/**
 * Two ways back: to any second of the last days, and to one of the weekly snapshots of the last years. The first covers
 * what the second, at a week's distance, does not.
 */
export class DatabaseBackup extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseBackupProps) {
    super(scope, id);
    const vault = (vaultId: string, suffix: string, days: number) =>
      new BackupVault(this, vaultId, {
        name: `${props.name}-${suffix}`,
        encryptionKey: props.encryptionKey,
        retention: Duration.days(days),
        lock: props.backup.lock,
      });
    const pointInTime = vault('PointInTime', 'point-in-time', props.backup.pointInTimeDays);
    const snapshots = vault('Snapshots', 'snapshots', props.backup.snapshotDays);

    const plan = new backup.BackupPlan(this, 'Plan', { backupPlanName: props.name });
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: 'point-in-time',
        backupVault: pointInTime.vault,
        enableContinuousBackup: true,
        deleteAfter: pointInTime.retention,
        scheduleExpression: Schedule.cron({ hour: '2', minute: '0' }),
      }),
    );
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: 'snapshots',
        backupVault: snapshots.vault,
        deleteAfter: snapshots.retention,
        scheduleExpression: Schedule.cron({ weekDay: 'SUN', hour: '4', minute: '0' }),
      }),
    );
    plan.addSelection('Database', { resources: [backup.BackupResource.fromRdsDatabaseInstance(props.instance)] });
  }
}
