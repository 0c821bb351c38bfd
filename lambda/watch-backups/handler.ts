import { expectations, lookAtBackups } from '../aws/backups';
import type { DBInstance } from '@aws-sdk/client-rds';
import { describeInstance, noInstance } from '../aws/instances';
import { notify } from '../aws/notify';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { type BackupEvent, type Expected, failedJob, hoursBefore, overdue } from '../domain/backups';

/** RDS copies the log of changes away every five minutes. */
const POINT_IN_TIME_HOURS = 2;

/**
 * Every day: what should have been backed up, copied and tried, and was not: a job that never began makes no event.
 * And at once: a backup or copy that failed.
 */
export const handler = step(async (event: BackupEvent | { trigger: 'schedule' }): Promise<{ problems: string[] }> => {
  if ('detail-type' in event) {
    const { id, message } = failedJob(event);
    await notify(`backup:${id}`, 'a backup failed', { message });
    return { problems: [message] };
  }
  const now = new Date();
  const id = setting('DATABASE_INSTANCE_ID');
  const instance = await describeInstance(id);
  const expected = await lookAtBackups(expectations(), now);
  const problems =
    instance === null ? [noInstance(id), ...overdue(expected)] : overdue([pointInTimeOf(instance, now), ...expected]);
  if (problems.length > 0) {
    await notify(`backups:${now.toISOString().slice(0, 10)}`, 'backups are overdue', { problems });
  }
  return { problems };
});

function pointInTimeOf({ LatestRestorableTime, InstanceCreateTime }: DBInstance, now: Date): Expected {
  return {
    what: 'no point in time that can be restored',
    newest: LatestRestorableTime,
    since: InstanceCreateTime ?? new Date(0),
    due: hoursBefore(now, POINT_IN_TIME_HOURS),
  };
}
