import { expectations } from '../aws/backups';
import { readRecord } from '../aws/ledger';
import { notify } from '../aws/notify';
import { deleteSnapshot, listManualSnapshots, snapshotQuota } from '../aws/snapshots';
import { step } from '../aws/step';
import type { Outcome } from '../domain/errors';
import { isNearQuota, isOurs, snapshotsToDelete } from '../domain/snapshot-care';

/**
 * Every day: deletes the snapshots before migrations that nobody needs any more, and tells people before the account has
 * as many as it may have.
 */
export const handler = step(async (): Promise<{ deleted: string[] }> => {
  const now = new Date();
  const snapshots = await listManualSnapshots();
  const outcomes = new Map<string, Outcome | undefined>();
  for (const snapshot of snapshots.filter(isOurs)) {
    const release = snapshot.release as string;
    outcomes.set(release, (await readRecord(release))?.outcome);
  }
  const { releaseSnapshots } = expectations();
  const deleted = snapshotsToDelete(snapshots, releaseSnapshots, (release) => outcomes.get(release), now);
  for (const id of deleted) await deleteSnapshot(id);

  const { used, allowed } = await snapshotQuota();
  if (isNearQuota(used, allowed)) {
    const kept = snapshots.map(({ id }) => id).filter((id) => !deleted.includes(id));
    await notify(`snapshots:${now.toISOString().slice(0, 10)}`, 'few snapshots are left', {
      message: `${used} of ${allowed} manual snapshots of this account and region are in use; at ${allowed} no release can migrate. Delete some, or raise the quota "Manual DB instance snapshots"`,
      kept,
    });
  }
  return { deleted };
});
