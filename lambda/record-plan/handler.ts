import { readState, writeState } from '../aws/environment-state';
import { addEvent } from '../aws/ledger';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { isBelow } from '../domain/floor';
import type { ReleaseState } from '../domain/release';

/**
 * RecordPlan: what is about to be migrated stands in the ledger before it is: the migrator sits in the network, out of
 * the ledger's reach. The revert floor is raised first, too: a release that dies while it migrates may have taken
 * something away already.
 */
export const handler = step(async (state: ReleaseState): Promise<{ floor: string | null }> => {
  const { release, plan, running } = state;
  await requireTurn(state);
  await addEvent(release.id, 'RecordPlan', { ...plan, running: running?.versions });
  const floor = await readState('floor');
  if (plan?.revertFloor === undefined) return { floor: floor?.version ?? null };
  const raised = { version: plan.revertFloor, release: release.id, at: new Date().toISOString() };
  // A migration that was rolled back and is applied again takes away again; the same floor keeps its first release.
  if (floor !== null && !isBelow(raised, floor.version)) return { floor: floor.version };
  await writeState('floor', raised);
  return { floor: raised.version };
});
