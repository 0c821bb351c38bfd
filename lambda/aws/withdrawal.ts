import { otherColor } from '../domain/color';
import { idleColor, withdraw } from '../domain/route';
import { confirmAtEdge } from './edge';
import { readState, writeState } from './environment-state';
import { updateFleet } from './fleet';
import { deregisterRevision } from './revisions';
import { changeRoute, readRoute } from './route-store';
import { startScaling } from './scaling';

/**
 * Takes a release's traces out of route and idle fleet, in this order, as long as the route was last written by it:
 * once somebody else has moved the route, what runs where is theirs to say.
 */
export async function withdrawRelease(release: string): Promise<void> {
  const route = await readRoute();
  if (route === null || route.writer.release !== release) return;
  const nonce = `${release}:withdraw`;
  let after = route;
  if (route.writer.nonce !== nonce) {
    // A first release that is live already has nothing to go back to: it stays.
    if (route.releases[route.live] === release && route.standby === null) return;
    after = await changeRoute(withdraw(release), { release, nonce });
  }
  await confirmAtEdge(after.epoch);
  const idle = idleColor(after);
  await deregisterRevision(idle, release);
  await updateFleet(idle, 0);
  if (after.releases[otherColor(idle)] !== null) await startScaling(after.live);
  // A release that failed after it had been recorded as live is not live any more.
  const live = await readState('live');
  if (live?.release === release && live.previous) await writeState('live', live.previous);
}
