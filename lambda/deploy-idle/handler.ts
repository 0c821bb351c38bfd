import { describeFleet, fleetNames, updateFleet } from '../aws/fleet';
import { requireNotHeld } from '../aws/gate';
import { addEvent } from '../aws/ledger';
import { recordMigration } from '../aws/migrations';
import { registerRevision } from '../aws/revisions';
import { changeRoute, readRoute } from '../aws/route-store';
import { stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { otherColor } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseState } from '../domain/release';
import { claimIdle, idleColor, seedRoute } from '../domain/route';

/** DeployIdle: gives the standby up, then brings the release's image to the idle fleet. The live fleet is only read. */
export const handler = step(async (state: ReleaseState): Promise<IdleDeployment> => {
  const { release, plan, migration } = state;
  const writer = { release: release.id, nonce: `${release.id}:claim` };
  const seed = seedRoute(writer);
  // Seen before the turn is asked for: whoever ends this release moves the epoch before giving its turn up.
  const { epoch: seen } = (await readRoute()) ?? seed;
  await requireTurn(state);
  await requireNotHeld(release);
  // The migrator sits in the network, out of the ledger's reach: what it did is recorded here.
  if (plan !== undefined) await recordMigration(release.id, plan, migration);
  const route = await changeRoute(claimIdle(release.id), writer, {
    from: seed,
    guard: async ({ epoch }) => requireUnmoved(epoch, seen, release.id),
  });
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
  // A Lambda outlives its execution: the color may be somebody else's by now.
  await requireTurn(state);
  await updateFleet(color, desired, fleetNames(color).family);
  await addEvent(release.id, 'DeployIdle', { color, taskDefinition, desired });
  return { color, taskDefinition, desired, epoch: route.epoch, previousTaskDefinition: idle.taskDefinition };
});

/** The standby is given up only in the environment in which the release had its turn. */
function requireUnmoved(epoch: number, seen: number, release: string): void {
  if (epoch === seen) return;
  throw new ReleaseError(
    'RevertedMeanwhile',
    `somebody moved the route from epoch ${seen} to ${epoch} before ${release} had claimed the idle color`,
  );
}
