/** Statistic of a CloudWatch alarm. */
export type Statistic = 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount';

interface Bucket {
  sum: number;
  samples: number;
  minimum: number;
  maximum: number;
}

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
    if (bucket) {
      bucket.sum += value;
      bucket.samples += 1;
      bucket.minimum = Math.min(bucket.minimum, value);
      bucket.maximum = Math.max(bucket.maximum, value);
      return;
    }
    buckets.set(second, { sum: value, samples: 1, minimum: value, maximum: value });
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
    }
  }

  private prune(buckets: Map<number, Bucket>, before: number): void {
    for (const second of buckets.keys()) if (second < before) buckets.delete(second);
  }
}
