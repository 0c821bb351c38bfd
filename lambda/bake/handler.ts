import { requireQuiet } from '../aws/alarms';
import { addEvent } from '../aws/ledger';
import { requireRoute } from '../aws/route-store';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseState } from '../domain/release';

/** Bake: one look at the alarms of the new live color; the state machine comes back until the time is over. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['bake']>> => {
  const checks = (state.bake?.checks ?? 0) + 1;
  const route = await requireRoute();
  if (route.moved !== state.shift?.epoch) {
    throw new ReleaseError(
      'RevertedMeanwhile',
      `somebody moved the route (epoch ${route.moved}) while ${state.release.id} was baking`,
    );
  }
  await requireQuiet((state.idle as IdleDeployment).color, state.cutover?.at);
  // A cold revert bakes once: it brings back what was trusted before.
  const done = checks >= (state.release.kind === 'revert' ? 1 : policy().bakeChecks);
  if (done) await addEvent(state.release.id, 'Bake', { checks });
  return { done, checks };
});
