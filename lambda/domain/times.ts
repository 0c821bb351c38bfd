import type { Outcome } from './errors';

/** How long a release took, in whole seconds. */
export interface ReleaseTimes {
  readonly total: number;
  /** `total` without what was spent waiting for people and for other releases. */
  readonly active: number;
  /** A freeze is not waited for: it ends a release. */
  readonly waiting: { readonly turn: number; readonly approval: number };
  /** Before each event of the release, in order: the time that its step took. */
  readonly steps: readonly { readonly event: string; readonly seconds: number }[];
  /** From the first viewer who got the version to the moment at which somebody or something said that it is bad. */
  readonly toDetect?: number;
  /** From then until the edge was seen to send all viewers back. */
  readonly toBack?: number;
}

/** What times are computed from. */
export interface Timed {
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly outcome?: Outcome;
  readonly stop?: { readonly at?: string };
}

interface TimedEvent {
  readonly at: string;
  readonly event: string;
}

/**
 * Computes the times of a release that has ended from the events that the ledger has of it.
 *
 * @param events in any order
 */
export function timesOf({ startedAt, endedAt, outcome, stop }: Timed, events: readonly TimedEvent[]): ReleaseTimes {
  const end = endedAt ?? startedAt;
  const before = events.filter(({ at }) => at <= end);
  const ordered = before.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  const at = (name: string | RegExp) =>
    ordered.find(({ event }) => (typeof name === 'string' ? event === name : name.test(event)))?.at;
  const turn = waited(at('Queued'), at('AwaitTurn'), end);
  const approval = waited(at('AwaitApproval'), at('Decision'), end);
  const total = seconds(startedAt, end);
  const times = {
    total,
    active: Math.max(0, total - turn - approval),
    waiting: { turn, approval },
    steps: ordered.map(({ event, at: moment }, index) => ({
      event,
      seconds: seconds(ordered[index - 1]?.at ?? startedAt, moment),
    })),
  };
  const seen = at(/^ShiftTraffic:/);
  if (seen === undefined || stop?.at === undefined || outcome === 'released') return times;
  const back = at('TrafficBack');
  return {
    ...times,
    toDetect: seconds(seen, stop.at),
    ...(back !== undefined && { toBack: seconds(stop.at, back) }),
  };
}

/** From the beginning of a wait to its end, or to the end of the release; nothing when it never began. */
function waited(from: string | undefined, to: string | undefined, end: string): number {
  return from === undefined ? 0 : seconds(from, to !== undefined && to >= from ? to : end);
}

function seconds(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
