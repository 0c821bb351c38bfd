import { type Color, otherColor } from './color';
import type { TrafficStep } from './policy';
import type { ReleaseKind } from './release';
import type { Route } from './route';

const ALL_AT_ONCE: readonly TrafficStep[] = [{ percent: 100, checks: 0 }];

/**
 * The steps by which a color takes the traffic: the configured ones, but all at once for a cold revert (it brings back
 * what was trusted before) and for a first release (there are no viewers of an older one to be careful with).
 */
export function trafficSteps(
  configured: readonly TrafficStep[],
  kind: ReleaseKind,
  route: Route,
  color: Color,
): readonly TrafficStep[] {
  const nothingBefore = route.releases[otherColor(color)] === null;
  return kind === 'revert' || nothingBefore ? ALL_AT_ONCE : configured;
}

/** How often alarms are looked at while a share is held; not at all when the steps have been others since. */
export function checksAt(steps: readonly TrafficStep[], percent: number): number {
  return steps.find((step) => step.percent === percent)?.checks ?? 0;
}

/** The next larger share. By share and not by number: a deployment may change the steps in the middle of a shift. */
export function stepAfter(steps: readonly TrafficStep[], percent: number): TrafficStep {
  return steps.find((step) => step.percent > percent) ?? { percent: 100, checks: 0 };
}
