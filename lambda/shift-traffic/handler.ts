import { requireQuiet } from '../aws/alarms';
import { confirmAtEdge } from '../aws/edge';
import { healthyTargets } from '../aws/fleet';
import { addEvent } from '../aws/ledger';
import { changeRoute, requireRoute } from '../aws/route-store';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseState, ShiftProgress } from '../domain/release';
import { type Route, shiftTo } from '../domain/route';
import { checksAt, stepAfter, trafficSteps } from '../domain/traffic';

/** ShiftTraffic: one step of the cutover, or one look at the alarms while a step is held. */
export const handler = step(async (state: ReleaseState): Promise<ShiftProgress> => {
  const { release, shift } = state;
  const { color } = state.idle as IdleDeployment;
  await requireTurn(state);
  await requireQuiet(color, state.cutover?.at);
  const route = await requireRoute();
  const steps = trafficSteps(policy().traffic, release.kind, route, color);
  const epoch = shift?.epoch ?? state.cutover?.epoch ?? 0;

  if (shift !== undefined && shift.checks < checksAt(steps, shift.percent)) {
    requireEpoch(route, epoch, release.id);
    return { ...shift, checks: shift.checks + 1 };
  }

  const { percent } = stepAfter(steps, shift?.percent ?? 0);
  const after = await changeRoute(
    shiftTo(release.id, percent),
    { release: release.id, nonce: `${release.id}:shift:${percent}` },
    {
      guard: async (before) => {
        requireEpoch(before, epoch, release.id);
        await requireHealthy(color);
      },
    },
  );
  await confirmAtEdge(after.epoch);
  await addEvent(release.id, `ShiftTraffic:${percent}`, { epoch: after.moved, color });
  return { percent, checks: 0, epoch: after.moved, done: percent === 100 };
});

/** Somebody else moved the route: what they wrote stands. */
function requireEpoch(route: Route, own: number, release: string): void {
  if (route.moved === own) return;
  throw new ReleaseError(
    'RevertedMeanwhile',
    `somebody moved the route (epoch ${route.moved}) after ${release} had written epoch ${own}`,
  );
}

/** Viewers are sent only to a fleet that is at or above its minimum (promise P2). */
async function requireHealthy(color: Color): Promise<void> {
  const healthy = await healthyTargets(color);
  const { min } = policy().size;
  if (healthy >= min) return;
  throw new ReleaseError('TrafficGuard', `${color} has ${healthy} healthy targets, at least ${min} are needed`);
}
