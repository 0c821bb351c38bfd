import { readState } from '../aws/environment-state';
import { recordAct } from '../aws/ledger';
import type { Color } from '../domain/color';
import { isBelow, requireFloor } from '../domain/floor';
import type { Actor } from '../domain/people';
import type { Route } from '../domain/route';
import { versionOf } from './version-of';

interface Wish {
  readonly by: Actor;
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
