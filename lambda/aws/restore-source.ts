import type { DBInstance } from '@aws-sdk/client-rds';
import { ReleaseError } from '../domain/errors';
import { lastRestore, type PastRelease } from '../domain/past-releases';
import {
  instanceNames,
  requireKept,
  requireSameEngine,
  requireWithin,
  resolveSource,
  type RestoreSource,
} from '../domain/restore';
import { describeSnapshot, requireInstance } from './instances';

/** The region that this function runs in. */
export function ownRegion(): string {
  return process.env.AWS_REGION as string;
}

/**
 * The moment that a source's data is of.
 *
 * @param main the instance that the application uses
 * @param past what the ledger knows
 * @returns ISO 8601
 * @throws ReleaseError InvalidRelease when the source cannot be had, saying why
 */
export async function momentOf(source: RestoreSource, main: DBInstance, past: readonly PastRelease[]): Promise<string> {
  const resolved = resolveSource(source, ownRegion());
  if (resolved.kind === 'time') {
    const { time, instance } = resolved;
    if (instance !== undefined) {
      requireKept(instance, main.DBInstanceIdentifier as string);
      requireWithin(time, pointInTimeWindow(await requireInstance(instance)));
    } else {
      const last = lastRestore(past);
      const kept = last && instanceNames(main.DBInstanceIdentifier as string, last.id).before;
      requireWithin(time, pointInTimeWindow(main, kept), kept);
    }
    return time;
  }
  const copied = resolved.kind === 'copy';
  const name = copied ? resolved.copyFrom : resolved.snapshot;
  const found = await describeSnapshot(name, copied ? resolved.region : undefined);
  if (found?.Status !== 'available') {
    throw new ReleaseError(
      'InvalidRelease',
      source.release !== undefined && found === null
        ? `there is no snapshot ${name}: ${source.release} applied nothing, or only what adds, or its snapshot was cleaned up. Restore to a moment before it migrated (greenroom history ${source.release})`
        : `the snapshot ${name} is ${found?.Status ?? 'not there'}; choose another one`,
    );
  }
  requireSameEngine(name, found, main);
  // A copy says when it was copied, too: its data is as old as the original.
  return ((found.OriginalSnapshotCreateTime ?? found.SnapshotCreateTime) as Date).toISOString();
}

/** From the oldest to the newest second that RDS can restore. @param kept what the restore before kept */
function pointInTimeWindow(instance: DBInstance, kept?: string): { readonly from: string; readonly to: string } {
  const { BackupRetentionPeriod = 0, InstanceCreateTime, LatestRestorableTime, DBInstanceIdentifier } = instance;
  if (BackupRetentionPeriod === 0 || LatestRestorableTime === undefined) {
    throw new ReleaseError(
      'InvalidRelease',
      kept
        ? `${DBInstanceIdentifier} is new and has no point-in-time backup yet; for a moment before it ask ${kept}, which the restore kept (--from-instance)`
        : `${DBInstanceIdentifier} has no point-in-time backup; name a recovery point (--recovery-point)`,
    );
  }
  const oldest = LatestRestorableTime.getTime() - BackupRetentionPeriod * 24 * 3_600_000;
  const from = new Date(Math.max(oldest, InstanceCreateTime?.getTime() ?? 0));
  return { from: from.toISOString(), to: LatestRestorableTime.toISOString() };
}
