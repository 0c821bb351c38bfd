/** Statistic of a CloudWatch alarm. */
export type Statistic = 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' | `p${number}`;

interface Bucket {
  sum: number;
  samples: number;
  minimum: number;
  maximum: number;
  /** Number of samples by the class of their value, for percentiles. */
  readonly classes: Map<number, number>;
}

/** Values that differ by less than two percent are one class. CloudWatch too works percentiles out from such classes. */
const CLASS_WIDTH = Math.log(1.02);
const classOf = (value: number) => (value > 0 ? Math.round(Math.log(value) / CLASS_WIDTH) : -Infinity);

/** Buckets older than this are dropped: no alarm looks back further once periods are divided by `speed`. */
const KEPT_SECONDS = 900;

/** Metrics in buckets of one second, by series (a metric name and what it belongs to). */
export class Metrics {
  private readonly series = new Map<string, Map<number, Bucket>>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Adds one sample to the running second. */
  record(series: string, value = 1): void {
    const second = Math.floor(this.now() / 1000);
    let buckets = this.series.get(series);
    if (!buckets) this.series.set(series, (buckets = new Map()));
    const bucket = buckets.get(second);
    const of = classOf(value);
    if (bucket) {
      bucket.classes.set(of, (bucket.classes.get(of) ?? 0) + 1);
      bucket.sum += value;
      bucket.samples += 1;
      bucket.minimum = Math.min(bucket.minimum, value);
      bucket.maximum = Math.max(bucket.maximum, value);
      return;
    }
    buckets.set(second, { sum: value, samples: 1, minimum: value, maximum: value, classes: new Map([[of, 1]]) });
    if (buckets.size > KEPT_SECONDS) this.prune(buckets, second - KEPT_SECONDS);
  }

  /** The statistic over `seconds` whole seconds that end before second `end`; undefined without a sample. */
  read(series: string, end: number, seconds: number, statistic: Statistic): number | undefined {
    const buckets = this.series.get(series);
    if (!buckets) return undefined;
    const found: Bucket[] = [];
    for (let second = end - seconds; second < end; second += 1) {
      const bucket = buckets.get(second);
      if (bucket) found.push(bucket);
    }
    if (found.length === 0) return undefined;
    const sum = found.reduce((total, bucket) => total + bucket.sum, 0);
    const samples = found.reduce((total, bucket) => total + bucket.samples, 0);
    switch (statistic) {
      case 'Sum':
        return sum;
      case 'SampleCount':
        return samples;
      case 'Average':
        return sum / samples;
      case 'Minimum':
        return Math.min(...found.map((bucket) => bucket.minimum));
      case 'Maximum':
        return Math.max(...found.map((bucket) => bucket.maximum));
      default:
        return percentile(found, Number(statistic.slice(1)) / 100, samples);
    }
  }

  private prune(buckets: Map<number, Bucket>, before: number): void {
    for (const second of buckets.keys()) if (second < before) buckets.delete(second);
  }
}

/** The value that this share of the samples is not above. */
function percentile(buckets: readonly Bucket[], share: number, samples: number): number {
  const classes = new Map<number, number>();
  for (const bucket of buckets) {
    for (const [of, count] of bucket.classes) classes.set(of, (classes.get(of) ?? 0) + count);
  }
  let left = Math.ceil(share * samples);
  for (const [of, count] of [...classes].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.exp(of * CLASS_WIDTH);
  }
  return 0;
}
