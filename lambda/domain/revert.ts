import type { Color } from './color';
import { otherColor } from './color';
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
 * @param holder the release that holds the turn, if any
 * @param standbyHealthy healthy targets of the standby; null when they could not be read (then it is believed)
 */
export function chooseRevert(route: Route, holder: string | null, standbyHealthy: number | null): RevertWay {
  const underWay = holder !== null && (route.shift !== null || route.releases[route.live] === holder);
  if (underWay && route.shift !== null && route.releases[route.shift.to] === holder) {
    return { kind: 'withdraw', release: holder, to: route.live };
  }
  if (underWay && route.releases[route.live] === holder && route.standby !== null) {
    return { kind: 'withdraw', release: holder, to: route.standby };
  }
  if (route.standby !== null && standbyHealthy !== 0) {
    return { kind: 'warm', to: route.standby, from: otherColor(route.standby) };
  }
  return { kind: 'cold' };
}
