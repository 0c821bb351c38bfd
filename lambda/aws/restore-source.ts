import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import { ReleaseError } from '../domain/errors';
import { requireWithin, resolveSource, type RestoreSource } from '../domain/restore';

type Describe = (id: string, region?: string) => Promise<DBSnapshot | null>;

/** The region that this function runs in. */
export function ownRegion(): string {
  return process.env.AWS_REGION as string;
}

/**
 * The moment that a source's data is of.
 *
 * @returns ISO 8601
 * @throws ReleaseError InvalidRelease when the source cannot be had, saying why
 */
export async function momentOf(source: RestoreSource, instance: DBInstance, describe: Describe): Promise<string> {
  const resolved = resolveSource(source, ownRegion());
  if (resolved.kind === 'time') {
    requireWithin(resolved.time, pointInTimeWindow(instance));
    return resolved.time;
  }
  const copied = resolved.kind === 'copy';
  const found = await (copied ? describe(resolved.copyFrom, resolved.region) : describe(resolved.snapshot));
  const name = copied ? resolved.copyFrom : resolved.snapshot;
  if (found?.Status !== 'available') {
    throw new ReleaseError(
      'InvalidRelease',
      `the snapshot ${name} is ${found?.Status ?? 'not there'}; choose another one`,
    );
  }
  return (found.SnapshotCreateTime as Date).toISOString();
}

/** From the oldest to the newest second that RDS can restore. */
export function pointInTimeWindow(instance: DBInstance): { readonly from: string; readonly to: string } {
  const { BackupRetentionPeriod = 0, InstanceCreateTime, LatestRestorableTime, DBInstanceIdentifier } = instance;
  if (BackupRetentionPeriod === 0 || LatestRestorableTime === undefined) {
    throw new ReleaseError(
      'InvalidRelease',
      `${DBInstanceIdentifier} has no point-in-time backup; name a recovery point`,
    );
  }
  const oldest = LatestRestorableTime.getTime() - BackupRetentionPeriod * 24 * 3_600_000;
  const from = new Date(Math.max(oldest, InstanceCreateTime?.getTime() ?? 0));
  return { from: from.toISOString(), to: LatestRestorableTime.toISOString() };
}
