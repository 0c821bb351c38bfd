import { cronTimes, parseCron } from './cron';
import type { FreezeWindow } from './policy';

/** A freeze that an operator set at once. */
export interface OperatorFreeze {
  readonly reason: string;
  readonly by: string;
  /** ISO 8601; after it the freeze is over by itself. */
  readonly until: string;
}

/** What an operator granted to one version: to be let through freezes, until it ends. */
export interface FreezeExemption {
  readonly version: string;
  readonly reason: string;
  readonly by: string;
  /** Whether AWS or the identity provider vouched for `by`. */
  readonly identity: 'authenticated' | 'claimed';
  /** ISO 8601. */
  readonly at: string;
  readonly until: string;
}

interface Period {
  readonly from: Date;
  readonly to: Date;
  /** Who keeps releases out and why, in words. */
  readonly by: string;
  readonly reason: string;
}

/** Openings further away than that are not looked for: by then somebody has changed the configuration. */
const HORIZON_MS = 366 * 86_400_000;

/** How the words end when there is no opening before then. */
export const NEVER_OPENS = 'there is no opening within a year';

/** What keeps releases out at the moment `now` and until when, in words, or null. */
export function activeFreeze(
  windows: readonly FreezeWindow[],
  freeze: OperatorFreeze | null,
  now: Date,
): string | null {
  const period = (at: Date) => periodsAt(windows, freeze, at).sort((a, b) => b.to.getTime() - a.to.getTime())[0];
  const first = period(now);
  if (first === undefined) return null;
  // One freeze may end within another: what counts is when all are over.
  let opens = first.to;
  for (let next = period(opens); next !== undefined; next = period(opens)) {
    opens = next.to;
    if (opens.getTime() - now.getTime() > HORIZON_MS) return `frozen by ${first.by}: ${first.reason}; ${NEVER_OPENS}`;
  }
  return `frozen by ${first.by} until ${iso(opens)}: ${first.reason}`;
}

/** The freezes that hold at a moment. */
function periodsAt(windows: readonly FreezeWindow[], freeze: OperatorFreeze | null, at: Date): Period[] {
  const operator = freeze && { from: new Date(0), to: new Date(freeze.until), by: freeze.by, reason: freeze.reason };
  const all = [...(operator ? [operator] : []), ...windows.flatMap((window) => configured(window, at))];
  return all.filter(({ from, to }) => from <= at && at < to);
}

function configured(window: FreezeWindow, at: Date): Period[] {
  const { reason } = window;
  const by = 'the configuration';
  if ('from' in window) return [{ from: new Date(window.from), to: new Date(window.to), by, reason }];
  const lasts = window.minutes * 60_000;
  const starts = cronTimes(
    parseCron(window.cron),
    window.timeZone,
    new Date(at.getTime() - lasts),
    new Date(at.getTime() + 1),
  );
  return starts.map((from) => ({ from, to: new Date(from.getTime() + lasts), by, reason }));
}

/** ISO 8601 without milliseconds, which nobody freezes by. */
const iso = (moment: Date) => moment.toISOString().replace('.000Z', 'Z');
