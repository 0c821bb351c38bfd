import { copyName } from '../../lambda/domain/snapshot-name';
import { CHANGELOG_REFERENCE, type RecordedWorld } from './recorded-world';

const DAY = 86_400_000;
const JOB = { RestoreJobId: 'job-1', Status: 'COMPLETED', RecoveryPointArn: 'arn:aws:rds:::snapshot:awsbackup:1' };
const RESTORED = 'awsbackup-restore-test-1';
const REPORT = { sound: true, changesets: 1, assertions: 1, rows: 1, tables: 1, findings: [], findingCount: 0 };

/** AWS Backup with jobs as given; and the function beside the database, which finds what it is told to. */
function backup(world: RecordedWorld, job: object = {}, report: object = REPORT): void {
  const now = new Date(world.clock.read());
  const { restoreTest } = JSON.parse(process.env.BACKUPS ?? '{}') as { restoreTest: { planArn: string } };
  const answer = (value: object) => async () => value;
  const { DescribeDBInstances, DescribeDBSnapshots } = world.door.operations;
  Object.assign(world.door.operations, {
    DescribeBackupVault: answer({ CreationDate: new Date(now.getTime() - 100 * DAY) }),
    ListRecoveryPointsByBackupVault: answer({ RecoveryPoints: [{ Status: 'COMPLETED', CreationDate: now }] }),
    ListCopyJobs: answer({ CopyJobs: [{ CreationDate: now }] }),
    DescribeRestoreJob: answer({
      ...JOB,
      RecoveryPointCreationDate: now,
      CreatedBy: { RestoreTestingPlanArn: restoreTest.planArn },
      CreatedResourceArn: `arn:aws:rds:eu-central-1:111111111111:db:${RESTORED}`,
      ...job,
    }),
    PutRestoreValidationResult: answer({}),
    DescribeDBInstances: async (input: { DBInstanceIdentifier: string }) =>
      input.DBInstanceIdentifier === RESTORED
        ? { DBInstances: [{ Endpoint: { Address: 'restored.test', Port: 5432 } }] }
        : DescribeDBInstances?.(input),
    DescribeDBSnapshots: async (input: { SnapshotType?: string }) =>
      input.SnapshotType === 'manual' ? { DBSnapshots: snapshots(now) } : DescribeDBSnapshots?.(input),
    DescribeAccountAttributes: answer({ AccountQuotas: [{ AccountQuotaName: 'ManualSnapshots', Used: 99, Max: 100 }] }),
    DeleteDBSnapshot: answer({}),
    Invoke: answer({ Payload: Buffer.from(JSON.stringify(report)) }),
  });
}

const ORIGINAL = 'arn:aws:rds:eu-west-1:111111111111:snapshot:awsbackup:job-2';

/** Six of releases that were released long ago, of which the oldest may go; and a copy that a restore made. */
function snapshots(now: Date): object[] {
  const old = (days: number, release: string) => ({
    Status: 'available',
    SnapshotCreateTime: new Date(now.getTime() - days * DAY),
    TagList: [{ Key: 'greenroom:release', Value: release }],
  });
  const ofReleases = Array.from({ length: 6 }, (_, index) => ({
    ...old(200 + index, 'v1.1.0'),
    DBSnapshotIdentifier: 'greenroom-v1-1-0',
  }));
  const copy = {
    ...old(8, 'restore-1'),
    DBSnapshotIdentifier: copyName(ORIGINAL),
    SourceDBSnapshotIdentifier: ORIGINAL,
  };
  return [...ofReleases, copy];
}

const ended = { 'detail-type': 'Restore Job State Change', detail: { restoreJobId: JOB.RestoreJobId } };

/** What may happen to an environment's backups. */
export const BACKUP_SCENARIOS: Readonly<Record<string, (world: RecordedWorld) => Promise<unknown>>> = {
  'a day on which backups are looked at, and old snapshots go': async (world) => {
    backup(world);
    await world.call('watch-backups', { trigger: 'schedule' });
    await world.call('clean-snapshots', {});
  },

  'a backup that failed': async (world) => {
    backup(world);
    const detail = { backupJobId: 'job-2', state: 'FAILED' };
    await world.call('watch-backups', { 'detail-type': 'Backup Job State Change', detail });
  },

  'a restore test of a sound backup, of one that is not, and of one that cannot be restored': async (world) => {
    backup(world);
    await world.call('check-restore-test', ended);
    backup(world, {}, { ...REPORT, sound: false, findingCount: 1, findings: [{ message: 'rows are missing' }] });
    await world.call('check-restore-test', ended);
    backup(world, { Status: 'FAILED' });
    await world.call('check-restore-test', ended);
    // Nobody listens where the secret points to.
    const asked = { host: '127.0.0.1', port: 1, changelog: CHANGELOG_REFERENCE };
    await world.call('validate-database', asked).catch(() => undefined);
  },
};
