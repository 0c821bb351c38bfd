import { policy } from '../aws/settings';
import { snapshotStatus } from '../aws/snapshots';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';

type Snapshot = NonNullable<ReleaseState['snapshot']>;

/**
 * AwaitSnapshot: nothing is migrated before the restore point is available, nor by a release that has lost its turn: the
 * migrator, which comes next, sits in the network and cannot ask the ledger.
 */
export const handler = step(async (state: ReleaseState): Promise<Snapshot> => {
  const { id, attempt } = state.snapshot as Snapshot;
  await requireTurn(state);
  const status = await snapshotStatus(id);
  if (status === 'available') return { id, status: 'available', attempt: attempt + 1 };
  if (status === 'failed' || status === 'missing') {
    throw new ReleaseError('SnapshotFailed', `the snapshot ${id} is ${status}; nothing was migrated`);
  }
  if (attempt + 1 >= policy().snapshotChecks) {
    throw new ReleaseError(
      'SnapshotFailed',
      `the snapshot ${id} is still ${status} after ${attempt + 1} checks; nothing was migrated`,
    );
  }
  return { id, status: 'pending', attempt: attempt + 1 };
});
