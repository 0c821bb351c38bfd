import { addEvent } from '../aws/ledger';
import { renameInstance, viewInstances } from '../aws/instances';
import { markRenamed, requirePhase } from '../aws/restore-mark';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import { nextSwitch } from '../domain/instance-switch';
import { RESTORE_POLLS, type RestoreState } from '../domain/restore';

/**
 * SwitchDatabase: the old instance gets another name and is shut off, then the restored one gets the application's. One
 * call at most each time it is asked; RDS takes minutes for each.
 */
export const handler = step(async (state: RestoreState): Promise<NonNullable<RestoreState['switched']>> => {
  const { release } = state;
  const attempt = (state.switched?.attempt ?? 0) + 1;
  await requireTurn(state);
  const { names, pair } = await requirePhase(release.id, 'switching');
  const next = nextSwitch(await viewInstances(names), pair);
  switch (next.act) {
    case 'done':
      await addEvent(release.id, 'SwitchDatabase', { kept: names.before });
      return { done: true, attempt };
    case 'rename':
      await markRenamed(release.id);
      // A Lambda outlives its execution: recovery may be at work by now.
      await requirePhase(release.id, 'switching');
      await renameInstance(names[next.from], names[next.to], next.fence ?? false);
      break;
    case 'lost':
      throw new ReleaseError('RestoreFailed', next.reason);
  }
  if (attempt < RESTORE_POLLS.switch) return { done: false, attempt };
  throw new ReleaseError('RestoreFailed', `the instances are not renamed after ${attempt} polls`);
});
