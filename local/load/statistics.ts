import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import {
  type Answerer,
  type Failure,
  type Kind,
  KINDS,
  type Latency,
  type LoadStats,
  type Tick,
  WRITING,
} from './messages';

/** A finished request. */
export interface Outcome {
  readonly kind: Kind;
  readonly color: Answerer;
  readonly version: string | null;
  /** Milliseconds from the first byte sent to the last received. */
  readonly ms: number;
  /** Undefined when all is well. */
  readonly failure?: Failure;
}

const SAMPLES = 20;

/** Counts outcomes. */
export class Statistics {
  private readonly colors: Record<Answerer, { requests: number; failed: number; histogram: RecordableHistogram }> = {
    blue: { requests: 0, failed: 0, histogram: createHistogram() },
    green: { requests: 0, failed: 0, histogram: createHistogram() },
    none: { requests: 0, failed: 0, histogram: createHistogram() },
  };
  private readonly kinds = Object.fromEntries(KINDS.map((kind) => [kind, { requests: 0, failed: 0 }])) as Record<
    Kind,
    { requests: number; failed: number }
  >;
  private readonly versions: Record<string, number> = {};
  private readonly failures: Failure[] = [];
  private second = { blue: 0, green: 0, none: 0, failed: 0 };
  private seconds = 0;

  record(outcome: Outcome): void {
    const color = this.colors[outcome.color];
    const kind = this.kinds[outcome.kind];
    color.requests += 1;
    kind.requests += 1;
    this.second[outcome.color] += 1;
    // Microseconds: the histogram counts whole numbers from 1.
    color.histogram.record(Math.max(1, Math.round(outcome.ms * 1000)));
    if (outcome.version !== null) this.versions[outcome.version] = (this.versions[outcome.version] ?? 0) + 1;
    if (outcome.failure) {
      color.failed += 1;
      kind.failed += 1;
      this.second.failed += 1;
      if (this.failures.length < SAMPLES) this.failures.push(outcome.failure);
    }
  }

  /** Ends a second. */
  tick(): Tick {
    this.seconds += 1;
    const tick = { second: this.seconds, ...this.second };
    this.second = { blue: 0, green: 0, none: 0, failed: 0 };
    return tick;
  }

  stats(seconds: number): LoadStats {
    const kinds = Object.entries(this.kinds) as [Kind, { requests: number; failed: number }][];
    const colors = Object.values(this.colors);
    return {
      seconds,
      requests: sum(colors.map((color) => color.requests)),
      failed: sum(colors.map((color) => color.failed)),
      writing: sum(kinds.filter(([kind]) => WRITING.includes(kind)).map(([, kind]) => kind.requests)),
      byColor: {
        blue: this.colorStats('blue'),
        green: this.colorStats('green'),
        none: this.colorStats('none'),
      },
      byVersion: { ...this.versions },
      byKind: Object.fromEntries(kinds.map(([name, kind]) => [name, { ...kind }])) as LoadStats['byKind'],
      failures: [...this.failures],
    };
  }

  private colorStats(name: Answerer): { requests: number; failed: number; latency: Latency } {
    const { requests, failed, histogram } = this.colors[name];
    const ms = (microseconds: number): number => (requests === 0 ? 0 : Math.round(microseconds) / 1000);
    return {
      requests,
      failed,
      latency: {
        mean: ms(histogram.mean),
        p50: ms(histogram.percentile(50)),
        p90: ms(histogram.percentile(90)),
        p99: ms(histogram.percentile(99)),
        max: ms(histogram.max),
      },
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
