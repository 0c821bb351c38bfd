import { readState } from '../aws/environment-state';
import { readRecord, recordAct } from '../aws/ledger';
import type { Caller } from '../aws/operator';
import { isBelow, requireFloor } from '../domain/floor';
import type { Color } from '../domain/color';
import type { Route } from '../domain/route';

interface Wish {
  readonly by: Caller;
  readonly reason: string;
  /** Goes below the floor all the same; recorded. */
  readonly force: boolean;
}

type Attempt = <T>(what: string, run: () => Promise<T>) => Promise<T | undefined>;

/**
 * A version below the revert floor would meet a schema that it cannot work with. Floor or version that cannot be read
 * do not hold a revert up.
 *
 * @throws ReleaseError RevertFloor
 */
export async function requireAboveFloor(
  route: Route,
  to: { readonly version: string } | Color,
  wish: Wish,
  attempt: Attempt,
): Promise<void> {
  const floor = await attempt('read the revert floor', () => readState('floor'));
  if (!floor) return;
  const version = await attempt('learn which version it goes back to', async () =>
    typeof to === 'object' ? to.version : versionOf(route, to),
  );
  if (version === undefined || !isBelow(floor, version)) return;
  if (!wish.force)
    requireFloor(floor, version, 'to go back all the same: "force": true with a reason, or greenroom revert --force');
  await attempt('record the forced revert', () =>
    recordAct('revert-below-floor', wish.by, { version, floor: floor.version, reason: wish.reason }),
  );
}

async function versionOf(route: Route, color: Color): Promise<string | undefined> {
  const release = route.releases[color];
  const live = await readState('live');
  const recorded = [live, live?.previous].find((each) => each?.release === release);
  return recorded?.version ?? (release === null ? undefined : (await readRecord(release))?.version);
}
