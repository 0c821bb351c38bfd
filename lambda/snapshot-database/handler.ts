import { addEvent } from '../aws/ledger';
import { createSnapshot } from '../aws/snapshots';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';
import { snapshotName } from '../domain/snapshot-name';

/** SnapshotDatabase: the restore point before this release's migrations, named after the release. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['snapshot']>> => {
  await requireTurn(state);
  const id = snapshotName(state.release.id);
  await createSnapshot(id, state.release.id);
  await addEvent(state.release.id, 'SnapshotDatabase', { snapshot: id });
  return { id, status: 'pending', attempt: 0 };
});
