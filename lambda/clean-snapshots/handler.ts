import { expectations } from '../aws/backups';
import { readRecord } from '../aws/ledger';
import { notify } from '../aws/notify';
import { describeSnapshot } from '../aws/instances';
import { deleteSnapshot, listManualSnapshots, snapshotQuota } from '../aws/snapshots';
import { step } from '../aws/step';
import { readTurn } from '../aws/turns';
import type { Outcome } from '../domain/errors';
import { isNearQuota, isOurs, snapshotsToDelete, spareCopies, type SpareSnapshot } from '../domain/snapshot-care';

/**
 * Every day: deletes the snapshots before migrations, and the copies for restores, that nobody needs any more, and tells
 * people before the account has as many as it may have.
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
  const spare: SpareSnapshot[] = [
    ...snapshotsToDelete(snapshots, releaseSnapshots, (release) => outcomes.get(release), now).map((id) => ({ id })),
    ...spareCopies(snapshots, now),
  ];
  const deleted: string[] = [];
  // All at once: a region that is lost answers none of them, and the quota has to be looked at, too.
  const lasts = await Promise.all(spare.map(lastOfItsData));
  for (const [index, { id }] of spare.entries()) {
    const reason = lasts[index] ?? (await restoreUnderWay());
    if (reason === undefined) {
      await deleteSnapshot(id);
      deleted.push(id);
    } else {
      console.log(`${id} stays: ${reason}`);
    }
  }

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

/** A restore that runs, or waits for its turn, may be about to use it. */
async function restoreUnderWay(): Promise<string | undefined> {
  const { holder, waiting } = await readTurn();
  for (const { release } of [...(holder === null ? [] : [holder]), ...waiting]) {
    if ((await readRecord(release))?.kind === 'restore') return `${release} is under way`;
  }
  return undefined;
}

/** Whoever cannot be asked, for example since its region is lost, may have nothing any more. */
async function lastOfItsData({ original }: SpareSnapshot): Promise<string | undefined> {
  if (original === undefined) return undefined;
  try {
    const found = await describeSnapshot(original, original.split(':')[3]);
    return found?.Status === 'available' ? undefined : `${original} is ${found?.Status ?? 'gone'}`;
  } catch (error) {
    return `nobody could say whether ${original} is there: ${(error as Error).message}`;
  }
}
