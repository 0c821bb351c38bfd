import { type Color, otherColor } from '../../lambda/domain/color';
import type { Watch } from '../edge';

/** Milliseconds from an order to its effect at the edge locations, as viewers saw it. */
export interface Turnover {
  /** Until the first location was served by the new color. */
  readonly first: number;
  /** Until the last location was served by the old color for the last time. */
  readonly last: number;
}

export function turnoverOf(watch: Watch, to: Color): Turnover {
  const first = Math.min(...watch.firstServed(to));
  return { first: Number.isFinite(first) ? first : 0, last: Math.max(0, ...watch.lastServed(otherColor(to))) };
}
