import { type Route, type RouteChange, type RouteWriter, seedRoute } from '../domain/route';
import { awaitViewersGone, confirmAtEdge, viewersGoneBy, VIEWERS_SETTLE_MS } from './edge';
import { changeRoute } from './route-store';

/**
 * Claims the idle color. When viewers were on it until lately its fleet runs on, for what their pages still ask for, and
 * it is waited until every location has surely followed: one that has not seen the last cutover or revert yet must not
 * find a fleet that is being replaced.
 *
 * @param claim makes the change; it is told until when the fleet is left as it is, in Unix seconds
 * @param guard asked between reading and writing the route; it throws to prevent the claim
 * @param settleMs what is waited for locations that cannot be seen from here, in milliseconds. @default 10000
 */
export async function claimColor(
  claim: (runsUntil: number) => RouteChange,
  writer: RouteWriter,
  guard: (before: Route) => Promise<void>,
  settleMs = VIEWERS_SETTLE_MS,
): Promise<Route> {
  const route = await changeRoute(claim(viewersGoneBy(settleMs)), writer, { from: seedRoute(writer), guard });
  if (route.fading === null) return route;
  await confirmAtEdge(route.epoch);
  await awaitViewersGone(route.fading);
  return route;
}
