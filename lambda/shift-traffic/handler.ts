import { requireQuiet } from '../aws/alarms';
import { confirmAtEdge } from '../aws/edge';
import { healthyTargets } from '../aws/fleet';
import { addEvent } from '../aws/ledger';
import { changeRoute, requireRoute } from '../aws/route-store';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { TrafficStep } from '../domain/policy';
import type { IdleDeployment, ReleaseState, ShiftProgress } from '../domain/release';
import { shiftTo } from '../domain/route';

/** ShiftTraffic: one step of the cutover, or one look at the alarms while a step is held. */
export const handler = step(async (state: ReleaseState): Promise<ShiftProgress> => {
  const { release, shift } = state;
  const { color } = state.idle as IdleDeployment;
  await requireTurn(state);
  const epoch = shift?.epoch ?? state.cutover?.epoch ?? 0;
  await requireQuiet(color);

  // A revert takes no release with it: with all traffic at once there is nothing to watch in between.
  const steps: readonly TrafficStep[] = release.kind === 'revert' ? [{ percent: 100, checks: 0 }] : policy().traffic;
  const held = shift === undefined ? undefined : steps[shift.step];
  if (shift !== undefined && held !== undefined && shift.checks < held.checks) {
    const route = await requireRoute();
    if (route.epoch !== epoch) throw moved(release.id, epoch, route.epoch);
    return { ...shift, checks: shift.checks + 1 };
  }

  const index = shift === undefined ? 0 : shift.step + 1;
  const { percent } = steps[index] as TrafficStep;
  const nonce = `${release.id}:shift:${percent}`;
  const route = await changeRoute(
    shiftTo(release.id, percent),
    { release: release.id, nonce },
    {
      guard: async (before) => {
        if (before.epoch !== epoch) throw moved(release.id, epoch, before.epoch);
        const healthy = await healthyTargets(color);
        const { min } = policy().size;
        if (healthy < min)
          throw new ReleaseError('TrafficGuard', `${color} has ${healthy} healthy targets, at least ${min} are needed`);
      },
    },
  );
  await confirmAtEdge(route.epoch);
  await addEvent(release.id, `ShiftTraffic:${percent}`, { epoch: route.epoch, color });
  return { step: index, percent, checks: 0, epoch: route.epoch, done: percent === 100 };
});

function moved(release: string, own: number, now: number): ReleaseError {
  return new ReleaseError(
    'RevertedMeanwhile',
    `somebody moved the route (epoch ${now}) after ${release} had written epoch ${own}`,
  );
}
