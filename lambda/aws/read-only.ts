import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import { beginReadOnly, endReadOnly, type Route } from '../domain/route';
import { confirmAtEdge, VIEWERS_SETTLE_MS } from './edge';
import { changeRoute, readRoute } from './route-store';
import { requireTurn, requireUnderWay } from './turns';

/**
 * Makes the edge read-only for the migration of a release, and waits until every location has surely followed. Requests
 * that a color has begun by then go on for as long as the application lets them.
 *
 * @returns the route, or null in an environment that serves nobody yet
 */
export async function beginReadOnlyMode(state: ReleaseState): Promise<Route | null> {
  const { id } = state.release;
  const seen = await readRoute();
  await requireTurn(state);
  if (seen === null) return null;
  const route = await changeRoute(
    beginReadOnly(id),
    { release: id, nonce: `${id}:read-only` },
    {
      guard: async ({ moved }) => {
        await requireUnderWay(state);
        if (moved === seen.moved) return;
        throw new ReleaseError(
          'RevertedMeanwhile',
          `somebody moved the route from epoch ${seen.moved} to ${moved} before ${id} had made it read-only`,
        );
      },
    },
  );
  await confirmAtEdge(route.epoch, VIEWERS_SETTLE_MS);
  return route;
}

/** Lets changes in again, whoever moved the route meanwhile. @returns the route; it is as it was when nothing was to do */
export async function endReadOnlyMode(release: string): Promise<Route | null> {
  const route = await readRoute();
  if (route?.readOnlyFor !== release) return route;
  const after = await changeRoute(endReadOnly(release), { release, nonce: `${release}:writable` });
  await confirmAtEdge(after.epoch);
  return after;
}
