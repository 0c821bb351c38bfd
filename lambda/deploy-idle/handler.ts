import { describeFleet, fleetNames, updateFleet } from '../aws/fleet';
import { addEvent } from '../aws/ledger';
import { registerRevision } from '../aws/revisions';
import { changeRoute } from '../aws/route-store';
import { stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { otherColor } from '../domain/color';
import type { IdleDeployment, ReleaseState } from '../domain/release';
import { claimIdle, idleColor, seedRoute } from '../domain/route';

/** DeployIdle: gives the standby up, then brings the release's image to the idle fleet. The live fleet is only read. */
export const handler = step(async (state: ReleaseState): Promise<IdleDeployment> => {
  const { release, plan, migration } = state;
  await requireTurn(state);
  // The migrator sits in the network, out of the ledger's reach: what it did is recorded here.
  if (plan !== undefined) await addEvent(release.id, 'Migrate', { ...plan, applied: migration?.applied ?? 0 });
  const writer = { release: release.id, nonce: `${release.id}:claim` };
  const route = await changeRoute(claimIdle(release.id), writer, { from: seedRoute(writer) });
  const color = idleColor(route);

  const [idle, live] = await Promise.all([describeFleet(color), describeFleet(otherColor(color))]);
  const desired = Math.max(policy().size.min, route.releases[route.live] === null ? 0 : live.desired);
  const taskDefinition = await registerRevision({
    color,
    release: release.id,
    version: release.version,
    digest: release.digest,
    source: release.taskDefinition,
  });
  await stopScaling(color);
  await updateFleet(color, desired, fleetNames(color).family);
  await addEvent(release.id, 'DeployIdle', { color, taskDefinition, desired });
  return { color, taskDefinition, desired, epoch: route.epoch, previousTaskDefinition: idle.taskDefinition };
});
