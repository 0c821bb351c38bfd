import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { idleColor, type Route, withdraw } from '../domain/route';
import { awaitViewersGone, confirmAtEdge, viewersGoneBy } from './edge';
import { healthyTargets, updateFleet } from './fleet';
import { endReadOnlyMode } from './read-only';
import { deregisterRevision } from './revisions';
import { changeRoute, readRoute, wroteLast } from './route-store';
import { resumeScaling } from './scaling';
import { readTurn } from './turns';

/**
 * Takes a release's traces out of route and idle fleet, in this order, as long as the route was last written by it:
 * once somebody else has moved the route, what runs where is theirs to say.
 */
export async function withdrawRelease(release: string): Promise<void> {
  const route = await readRoute();
  if (route === null) return;
  if (route.readOnlyFor === release) await endReadOnlyMode(release);
  const nonce = `${release}:withdraw`;
  const onRoute = route.releases.blue === release || route.releases.green === release;
  if (route.writer.release !== release || !(onRoute || route.writer.nonce === nonce)) return keepOutLateClaim(release);
  let after = route;
  if (route.writer.nonce !== nonce) {
    // A first release that is live already has nothing to go back to: it stays.
    if (route.releases[route.live] === release && route.standby === null) return;
    after = await changeRoute(withdraw(release, viewersGoneBy()), { release, nonce }, { guard: requireSomebodyThere });
  }
  await confirmAtEdge(after.epoch);
  await awaitViewersGone(after.fading);
  const idle = idleColor(after);
  await deregisterRevision(idle, release);
  if (after.releases[after.live] !== null) await resumeScaling(after.live);
  // Since then the next release may have claimed the color: its fleet is not ours to scale in.
  if (await wroteLast(nonce)) await updateFleet(idle, 0);
}

/**
 * A Lambda outlives its execution: a DeployIdle that is about to claim the idle color would take the standby away from
 * an environment whose release has ended. It asks for its turn between reading and writing the route, so that moving
 * the route before the turn is given up keeps it out.
 */
async function keepOutLateClaim(release: string): Promise<void> {
  const { holder } = await readTurn();
  if (holder?.release === release) await changeRoute((route) => route, { release, nonce: `${release}:over` });
}

/** Viewers go back only to a fleet with somebody in it, as far as can be seen (promise P2). */
async function requireSomebodyThere(before: Route, after: Route): Promise<void> {
  if (after.live === before.live || (await seenHealthy(after.live)) !== 0) return;
  throw new ReleaseError(
    'TrafficGuard',
    `${after.live} has no healthy target to go back to; traffic stays on ${before.live} until it has`,
  );
}

async function seenHealthy(color: Color): Promise<number | null> {
  return healthyTargets(color).catch(() => null);
}
