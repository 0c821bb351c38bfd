import { requireQuiet } from '../aws/alarms';
import { requireDistributionDeployed } from '../aws/distribution';
import { requireNoDrift } from '../aws/drift';
import { describeFleet, healthyTargets } from '../aws/fleet';
import { requireNoFreeze, requireNotHeld } from '../aws/gate';
import { addEvent } from '../aws/ledger';
import { requireRoute } from '../aws/route-store';
import { suspendScaleIn } from '../aws/scaling';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseState } from '../domain/release';

/** PrepareCutover: what was true at the approval still is, and the idle fleet can carry what the live one carries. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['cutover']>> => {
  const { release, smoke } = state;
  const { color } = state.idle as IdleDeployment;
  await requireTurn(state);
  await requireNotHeld(release);
  if (release.kind === 'release') await requireNoFreeze(release);
  const route = await requireRoute();
  if (route.moved !== smoke?.epoch) {
    throw new ReleaseError(
      'ApprovalVoid',
      `the route moved from epoch ${smoke?.epoch} to ${route.moved} after the smoke test`,
    );
  }
  await requireKept(color);
  const serving = route.releases[route.live] !== null;
  const live = serving ? (await describeFleet(route.live)).running : 0;
  const healthy = await healthyTargets(color);
  const needed = Math.max(policy().size.min, live);
  if (healthy < needed) {
    throw new ReleaseError(
      'TrafficGuard',
      `${color} has ${healthy} healthy targets, but ${needed} are needed to carry what ${route.live} carries`,
    );
  }
  // Before the alarms are looked at: one that begins to ring from here on is the release's.
  const at = new Date().toISOString();
  const setAside = await requireQuiet(color);
  await requireNoDrift(state.idle as IdleDeployment, release.id);
  await requireDistributionDeployed();
  if (serving) await suspendScaleIn(route.live);
  await addEvent(release.id, 'PrepareCutover', { healthy, needed, epoch: route.moved, setAside });
  return { epoch: route.moved, at };
});

/**
 * What was healthy before the approval may have fallen over since. A deployment that ECS has given up starts no task any
 * more: those that are left would carry the viewers until the first of them stops.
 */
async function requireKept(color: Color): Promise<void> {
  const { rollout, rolloutReason } = await describeFleet(color);
  if (rollout !== 'FAILED') return;
  throw new ReleaseError(
    'TrafficGuard',
    `ECS has given the deployment of ${color} up (${rolloutReason || 'it does not say why'}) and replaces no task of it; look at its stopped tasks, then release the version again`,
  );
}
