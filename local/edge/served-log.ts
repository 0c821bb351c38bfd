import type { CachedResponse } from './cache';

/** One answer of the edge. */
export interface Served {
  readonly location: number;
  /** Origin that was selected, or `edge` for answers of the function itself. */
  readonly origin: string;
  readonly status: number;
  /** Release that the function chose. */
  readonly release?: string;
  readonly path?: string;
  /** What was in the cache, for an answer from there. */
  readonly hit?: CachedResponse;
  /** Headers of an answer that came from an origin. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Whether the second origin of a group answered. */
  readonly failedOver?: boolean;
}

/** Requests of one kind that the edge answered. */
export interface Tally {
  requests: number;
  /** Answers of 500 and above. */
  failures: number;
}

/** Which color served which edge location, since a moment. Times are milliseconds since that moment. */
export class Watch {
  private readonly started = performance.now();
  private readonly firsts = new Map<string, number>();
  private readonly lasts = new Map<string, number>();

  get elapsed(): number {
    return performance.now() - this.started;
  }

  /** @internal */
  record(location: number, origin: string): void {
    const key = `${location} ${origin}`;
    const now = this.elapsed;
    if (!this.firsts.has(key)) this.firsts.set(key, now);
    this.lasts.set(key, now);
  }

  /** When each location was first served by this origin; locations that were not are left out. */
  firstServed(origin: string): number[] {
    return timesOf(this.firsts, origin);
  }

  /** When each location was last served by this origin. */
  lastServed(origin: string): number[] {
    return timesOf(this.lasts, origin);
  }
}

/** What the edge served, counted and timed. */
export class ServedLog {
  /** Told of every answer. */
  onServed: ((served: Served) => void) | undefined;
  private readonly tallies = new Map<string, Tally>();
  private readonly watches = new Set<Watch>();

  /** Begins to watch; end it with {@link unwatch}. */
  watch(): Watch {
    const watch = new Watch();
    this.watches.add(watch);
    return watch;
  }

  unwatch(watch: Watch): void {
    this.watches.delete(watch);
  }

  record(served: Served): void {
    const { location, origin, status } = served;
    this.onServed?.(served);
    for (const watch of this.watches) watch.record(location, origin);
    const tally = this.tallies.get(origin) ?? { requests: 0, failures: 0 };
    tally.requests += 1;
    if (status >= 500) tally.failures += 1;
    this.tallies.set(origin, tally);
  }

  /** By origin id (`blue`, `green`) and `edge` for answers of the function itself. */
  get totals(): ReadonlyMap<string, Tally> {
    return this.tallies;
  }
}

function timesOf(times: ReadonlyMap<string, number>, origin: string): number[] {
  return [...times].filter(([key]) => key.endsWith(` ${origin}`)).map(([, time]) => time);
}
