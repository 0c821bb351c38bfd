import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { ReleaseEnd } from '../domain/release';
import { idleColor, type Route, withdraw } from '../domain/route';
import { awaitViewersGone, confirmAtEdge, viewersGoneBy } from './edge';
import { healthyTargets, updateFleet } from './fleet';
import { addEvent } from './ledger';
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
  if (route.writer.release !== release || !(onRoute || route.writer.nonce === nonce))
    return keepOutLateClaim(release, route);
  let after = route;
  if (route.writer.nonce !== nonce) {
    // A first release that is live already has nothing to go back to: it stays.
    if (route.releases[route.live] === release && route.standby === null) return;
    after = await changeRoute(withdraw(release, viewersGoneBy()), { release, nonce }, { guard: requireSomebodyThere });
  }
  await confirmAtEdge(after.epoch);
  if (after.fading !== null) await addEvent(release, 'TrafficBack', { epoch: after.epoch, live: after.live });
  await awaitViewersGone(after.fading);
  const idle = idleColor(after);
  await deregisterRevision(idle, release);
  if (after.releases[after.live] !== null) await resumeScaling(after.live);
  // Since then the next release may have claimed the color: its fleet is not ours to scale in.
  if (await wroteLast(nonce)) await updateFleet(idle, 0);
}

/** Errors that only a release can end with that is not complete yet: nothing after Bake looks at alarms or targets. */
const BEFORE_COMPLETION = /^(AlarmsRinging|TrafficGuard): /;

/**
 * The ledger does not answer, so that nobody knows whether the release was complete. It was not while it shifts, nor when
 * it failed by its alarms: then its viewers go back at once. Otherwise they stay until the ledger answers.
 */
export async function sendBackWithoutLedger(release: string, { reason }: ReleaseEnd): Promise<void> {
  const route = await readRoute();
  if (route === null || route.writer.release !== release) return;
  const shifting = route.shift !== null && route.releases[route.shift.to] === release;
  const live = route.releases[route.live] === release && route.standby !== null;
  if (!shifting && !(live && BEFORE_COMPLETION.test(reason))) return;
  const writer = { release, nonce: `${release}:withdraw` };
  const after = await changeRoute(withdraw(release, viewersGoneBy()), writer, { guard: requireSomebodyThere });
  await confirmAtEdge(after.epoch);
}

/**
 * A Lambda outlives its execution: a DeployIdle that is about to claim the idle color would take the standby away from
 * an environment whose release has ended. It asks for its turn between reading and writing the route, so that writing
 * the route before the turn is given up keeps it out. Whose move the route is stays: a revert has to recognise its own.
 */
async function keepOutLateClaim(release: string, seen: Route): Promise<void> {
  const { holder } = await readTurn();
  if (holder?.release !== release) return;
  const { writer } = await changeRoute((route) => route, null);
  // Its claim came between our look at the route and our write.
  if (writer.release === release && writer.nonce !== seen.writer.nonce) await withdrawRelease(release);
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
