import {
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeAccountAttributesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ReleaseError } from '../domain/errors';
import type { KnownSnapshot } from '../domain/snapshot-care';
import { RELEASE_TAG } from '../domain/tags';
import { setting } from './settings';

const client = new RDSClient({});

/**
 * Starts a snapshot of the environment's database; one with this id that exists already is left as it is.
 *
 * @throws ReleaseError SnapshotFailed when the account has as many as it may have
 */
export async function createSnapshot(id: string, release: string): Promise<void> {
  try {
    await client.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: setting('DATABASE_INSTANCE_ID'),
        DBSnapshotIdentifier: id,
        Tags: [{ Key: RELEASE_TAG, Value: release }],
      }),
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (/SnapshotQuotaExceeded/.test(error.name)) {
      throw new ReleaseError(
        'SnapshotFailed',
        `RDS makes no snapshot ${id}: this account has as many manual snapshots in this region as it may have. Nothing was migrated; delete some, or raise the quota "Manual DB instance snapshots"`,
        { cause: error },
      );
    }
    if (!/DBSnapshotAlreadyExists/.test(error.name)) throw error;
  }
}

/** Status of a snapshot as RDS words it: `creating`, `available`, `failed`, … */
export async function snapshotStatus(id: string): Promise<string> {
  const { DBSnapshots } = await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
  return DBSnapshots?.[0]?.Status ?? 'missing';
}

/** The manual snapshots of the environment's database, ours and others. */
export async function listManualSnapshots(): Promise<KnownSnapshot[]> {
  const found: KnownSnapshot[] = [];
  let Marker: string | undefined;
  do {
    const asked = { DBInstanceIdentifier: setting('DATABASE_INSTANCE_ID'), SnapshotType: 'manual', Marker };
    const page = await client.send(new DescribeDBSnapshotsCommand(asked));
    for (const each of page.DBSnapshots ?? []) {
      found.push({
        id: each.DBSnapshotIdentifier ?? '',
        status: each.Status ?? 'unknown',
        // One that is being created has no time yet: it is as new as can be.
        createdAt: each.SnapshotCreateTime ?? new Date(),
        release: each.TagList?.find(({ Key }) => Key === RELEASE_TAG)?.Value,
        copyOf: each.SourceDBSnapshotIdentifier,
      });
    }
    Marker = page.Marker;
  } while (Marker !== undefined);
  return found;
}

/** Deletes a snapshot; one that is gone already is gone. */
export async function deleteSnapshot(id: string): Promise<void> {
  try {
    await client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id }));
  } catch (error) {
    if (!(error instanceof Error) || !/DBSnapshotNotFound/.test(error.name)) throw error;
  }
}

/** How many manual snapshots the account has in this region, of all its databases, and how many it may have. */
export async function snapshotQuota(): Promise<{ used: number; allowed: number }> {
  const { AccountQuotas } = await client.send(new DescribeAccountAttributesCommand({}));
  const quota = AccountQuotas?.find(({ AccountQuotaName }) => AccountQuotaName === 'ManualSnapshots');
  return { used: quota?.Used ?? 0, allowed: quota?.Max ?? 100 };
}
