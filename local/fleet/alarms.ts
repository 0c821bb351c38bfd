import type { DescribeAlarmsCommandInput, DescribeAlarmsCommandOutput, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { ServiceModel } from '../cloud/model';
import type { Metrics, Statistic } from './metrics';
import { seriesName } from './target-group';
import type { Scope } from './scope';

type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** Properties of AWS::CloudWatch::Alarm that the local mode evaluates. */
export interface AlarmProperties {
  readonly AlarmName: string;
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Dimensions?: readonly { Name: string; Value: string }[];
  readonly Statistic?: string;
  readonly Period?: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold?: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData?: string;
  readonly Metrics?: readonly MetricQuery[];
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions?: AlarmProperties['Dimensions'] };
    readonly Period: number;
    readonly Stat: string;
  };
}

const STATISTICS = new Set<string>(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']);

const COMPARISONS: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** A value of the alarm's metric for the seconds `[end - seconds, end)`. */
type Series = (end: number, seconds: number) => number | undefined;

/** Statistics that grow with the length of the period. */
const GROWING = new Set(['Sum', 'SampleCount']);

/**
 * One alarm of the template on the metrics that the fleets really produce.
 *
 * Its period is divided by the scaling factor. A sum over the shorter period is extrapolated to the whole one before it
 * is compared, since the requests do not come any faster for that: "5 errors in 60 s" is a rate.
 */
export class Alarm {
  private state: AlarmState = 'INSUFFICIENT_DATA';
  private reason = 'Unchecked: Initial alarm creation';
  private since = new Date();
  private readonly series: Series;
  private readonly periodSeconds: number;
  private readonly factor: number;
  private readonly compare: (value: number, threshold: number) => boolean;

  /** @throws Error at start when the alarm uses a feature that is not evaluated here: better than a silent OK. */
  constructor(
    readonly properties: AlarmProperties,
    metrics: Metrics,
    private readonly speed: number,
    private readonly now: () => number = Date.now,
  ) {
    const { series, period, growing } = seriesOf(properties, metrics);
    const compare = COMPARISONS[properties.ComparisonOperator];
    if (!compare) throw new Error(`alarm ${properties.AlarmName}: unknown ${properties.ComparisonOperator}`);
    this.series = series;
    this.compare = compare;
    // Buckets are one second wide, so that no period can be shorter.
    this.periodSeconds = Math.max(1, Math.round(period / this.speed));
    this.factor = growing ? period / this.periodSeconds : 1;
  }

  /** Evaluates the alarm over its last whole periods. */
  evaluate(): { state: AlarmState; reason: string; since: Date } {
    const {
      EvaluationPeriods: periods,
      Threshold: threshold = 0,
      TreatMissingData: missing = 'missing',
    } = this.properties;
    const needed = this.properties.DatapointsToAlarm ?? periods;
    const end = Math.floor(this.now() / 1000);
    const values = Array.from({ length: periods }, (_, index) =>
      this.series(end - index * this.periodSeconds, this.periodSeconds),
    );
    const present = values.filter((value) => value !== undefined);
    const absent = periods - present.length;
    const breaching = present.filter((value) => this.compare(value * this.factor, threshold)).length;
    const counted = breaching + (missing === 'breaching' ? absent : 0);
    if (present.length === 0 && missing === 'ignore') return this.current();
    if (present.length === 0 && missing === 'missing') {
      this.become('INSUFFICIENT_DATA', 'Insufficient Data: no datapoints were received');
    } else if (counted >= needed) {
      const shown = present.map((value) => Number(value.toFixed(3))).join(', ');
      const seen = `${counted} of the last ${periods} datapoints [${shown}] of ${this.periodSeconds} s`;
      this.become('ALARM', `Threshold Crossed: ${seen} against ${threshold} in ${this.periodSeconds * this.factor} s`);
    } else {
      this.become('OK', `Threshold not crossed: ${counted} of the last ${periods} datapoints against ${threshold}`);
    }
    return this.current();
  }

  private current(): { state: AlarmState; reason: string; since: Date } {
    return { state: this.state, reason: this.reason, since: this.since };
  }

  private become(state: AlarmState, reason: string): void {
    if (state !== this.state) this.since = new Date(this.now());
    this.state = state;
    this.reason = reason;
  }
}

/** The `cloudwatch` model: alarms of the template, evaluated when they are asked for. */
export function cloudwatchModel(alarms: readonly Alarm[], scope: Scope): ServiceModel {
  const describe = (alarm: Alarm): MetricAlarm => {
    const { state, reason, since } = alarm.evaluate();
    const { AlarmName } = alarm.properties;
    return {
      AlarmName,
      AlarmArn: `arn:aws:cloudwatch:${scope.region}:${scope.account}:alarm:${AlarmName}`,
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: since,
    };
  };
  return {
    DescribeAlarms: async (input: DescribeAlarmsCommandInput): Promise<Partial<DescribeAlarmsCommandOutput>> => ({
      MetricAlarms: alarms
        .filter(({ properties }) => input.AlarmNames?.includes(properties.AlarmName) ?? true)
        .filter(({ properties }) => properties.AlarmName.startsWith(input.AlarmNamePrefix ?? ''))
        .map(describe)
        .filter((alarm) => input.StateValue === undefined || alarm.StateValue === input.StateValue),
      CompositeAlarms: [],
    }),
  };
}

interface Source {
  readonly series: Series;
  /** Seconds, as the template says. */
  readonly period: number;
  readonly growing: boolean;
}

function seriesOf(properties: AlarmProperties, metrics: Metrics): Source {
  if (properties.MetricName) {
    const statistic = statisticOf(properties.AlarmName, properties.Statistic);
    const name = dimensioned(properties.MetricName, properties.Dimensions);
    const series: Series = (end, seconds) => metrics.read(name, end, seconds, statistic);
    return { series, period: properties.Period ?? 60, growing: GROWING.has(statistic) };
  }
  return mathSeries(properties, metrics);
}

/** Metric math of the plain kind: sums, differences, quotients and FILL(x, 0) of metrics. */
function mathSeries(properties: AlarmProperties, metrics: Metrics): Source {
  const queries = properties.Metrics ?? [];
  const result = queries.find((query) => query.ReturnData !== false && query.Expression) ?? queries[0];
  const expression = result?.Expression ?? result?.Id ?? '';
  const plain = expression.replaceAll(/FILL\(\s*(\w+)\s*,\s*0\s*\)/g, '$1');
  if (!/^[\w\s+\-*/().]+$/.test(plain) || /[A-Z]{2,}\(/.test(plain)) {
    throw new Error(`alarm ${properties.AlarmName}: the local mode cannot evaluate "${expression}"`);
  }
  const inputs = queries.flatMap((query) => {
    if (!query.MetricStat) return [];
    const name = dimensioned(query.MetricStat.Metric.MetricName, query.MetricStat.Metric.Dimensions);
    return [{ id: query.Id, name, statistic: statisticOf(properties.AlarmName, query.MetricStat.Stat) }];
  });
  const compute = new Function(...inputs.map(({ id }) => id), `return ${plain};`) as (...values: number[]) => number;
  const period = queries.find((query) => query.MetricStat)?.MetricStat?.Period ?? 60;
  return {
    period,
    // A quotient of sums does not grow with the period.
    growing: !plain.includes('/') && inputs.every(({ statistic }) => GROWING.has(statistic)),
    series: (end, seconds) => {
      const values = inputs.map(({ name, statistic }) => metrics.read(name, end, seconds, statistic));
      if (values.every((value) => value === undefined)) return undefined;
      const value = compute(...values.map((each) => each ?? 0));
      return Number.isFinite(value) ? value : undefined;
    },
  };
}

function statisticOf(alarm: string, name = 'Average'): Statistic {
  if (!STATISTICS.has(name)) throw new Error(`alarm ${alarm}: the local mode has no statistic "${name}"`);
  return name as Statistic;
}

function dimensioned(metric: string, dimensions: AlarmProperties['Dimensions'] = []): string {
  const owner =
    dimensions.find(({ Name }) => Name === 'TargetGroup') ?? dimensions.find(({ Name }) => Name === 'LoadBalancer');
  return seriesName(metric, owner?.Value ?? '');
}
