import type { Color } from './color';
import type { Route } from './route';

/** How traffic goes back. */
export type RevertWay =
  /** A release is shifting or baking: it is withdrawn, what ran before takes all viewers again. */
  | { readonly kind: 'withdraw'; readonly release: string; readonly to: Color }
  /** The standby is warm: one route write. */
  | { readonly kind: 'warm'; readonly to: Color; readonly from: Color }
  /** Nothing is warm: the recorded version is deployed again, without migration and approval. */
  | { readonly kind: 'cold' };

/**
 * Chooses the way back.
 *
 * @param holder the release that holds the turn, if any and if it could be read
 * @param standbyHealthy healthy targets of the standby; null when they could not be read (then it is believed)
 */
export function chooseRevert(route: Route, holder: string | null, standbyHealthy: number | null): RevertWay {
  const { live, standby, shift, releases } = route;
  // The route alone says who shifts: that needs no ledger.
  const shifting = shift === null ? null : releases[shift.to];
  if (shifting !== null) return { kind: 'withdraw', release: shifting, to: live };
  if (standby === null || standbyHealthy === 0) return { kind: 'cold' };
  if (holder !== null && releases[live] === holder) return { kind: 'withdraw', release: holder, to: standby };
  return { kind: 'warm', to: standby, from: live };
}
