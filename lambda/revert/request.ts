import type { Color } from '../domain/color';
import type { RevertWay } from '../domain/revert';
import type { Route } from '../domain/route';
import type { Claim } from '../domain/turns';

export interface RevertRequest {
  readonly reason: string;
  /** Claimed name; an authenticated caller's own identity wins over it. */
  readonly by?: string;
  /**
   * The release that viewers are to be taken from. When they do not get it (any more), nothing is moved: a request that
   * is repeated, or made by two people, does not bring the bad version back.
   *
   * @default - what the same person with the same reason reverted from, as long as nobody has resumed the environment
   */
  readonly from?: string;
  /** Break-glass: goes below the revert floor all the same; recorded with the reason. @default false */
  readonly force?: boolean;
}

export interface RevertResult {
  readonly kind: RevertWay['kind'];
  /** The version that viewers get (warm, withdraw) or will get (cold); the release, where the ledger does not say more. */
  readonly version: string;
  readonly color?: Color;
  /** The execution that a cold revert started. */
  readonly execution?: string;
  /** What could not be done and is left to others; traffic is back all the same. */
  readonly warnings: readonly string[];
}

/** What a revert knows before it acts. */
export interface RevertContext {
  readonly route: Route;
  /** Who holds the turn; null when nobody does or it could not be read. */
  readonly holder: Claim | null;
  /** Who reverts and why, in words. */
  readonly why: string;
  /** A mark of the same for the route. */
  readonly asker: string;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly warnings: string[];
}
