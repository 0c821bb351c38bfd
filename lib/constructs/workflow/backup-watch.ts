import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

export interface BackupWatchProps {
  /** Names of the vaults that backups are made in, and ARNs of those that they are copied to. */
  readonly vaultNames: readonly string[];
  readonly copyVaultArns: readonly string[];
  readonly watch: lambda.IFunction;
  readonly cleanSnapshots: lambda.IFunction;
  /** Absent where restores are not tested. */
  readonly checkRestoreTest?: lambda.IFunction;
}

/** How jobs end that are not what they should be. */
const BAD_ENDS = ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL'];

/**
 * Tells people of backups, copies and restore tests that failed, at once, and once a day of those that never began:
 * AWS Backup makes no event of what does not happen.
 */
export function watchBackups(scope: Construct, props: BackupWatchProps): void {
  const watch = new targets.LambdaFunction(props.watch);
  const source = ['aws.backup'];
  new events.Rule(scope, 'BackupFailed', {
    description: 'Tells people of a backup that failed',
    eventPattern: {
      source,
      detailType: ['Backup Job State Change'],
      detail: { state: BAD_ENDS, backupVaultName: props.vaultNames },
    },
    targets: [watch],
  });
  if (props.copyVaultArns.length > 0) {
    new events.Rule(scope, 'CopyFailed', {
      description: 'Tells people of a copy of a backup that failed',
      eventPattern: {
        source,
        detailType: ['Copy Job State Change'],
        detail: { state: BAD_ENDS, destinationBackupVaultArn: props.copyVaultArns },
      },
      targets: [watch],
    });
  }
  if (props.checkRestoreTest) {
    // Whose restore it was the function asks AWS Backup itself.
    new events.Rule(scope, 'RestoreTested', {
      description: 'Validates what a restore test has restored',
      eventPattern: {
        source,
        detailType: ['Restore Job State Change'],
        detail: { status: ['COMPLETED', 'FAILED', 'ABORTED'], resourceType: ['RDS'] },
      },
      targets: [new targets.LambdaFunction(props.checkRestoreTest)],
    });
  }
  new events.Rule(scope, 'SnapshotsDue', {
    description: 'Deletes snapshots of releases and restores that nobody needs any more',
    schedule: events.Schedule.cron({ hour: '9', minute: '30' }),
    targets: [new targets.LambdaFunction(props.cleanSnapshots)],
  });
  new events.Rule(scope, 'BackupsDue', {
    description: 'Looks for backups, copies and restore tests that are overdue',
    schedule: events.Schedule.cron({ hour: '9', minute: '0' }),
    targets: [
      new targets.LambdaFunction(props.watch, { event: events.RuleTargetInput.fromObject({ trigger: 'schedule' }) }),
    ],
  });
}
