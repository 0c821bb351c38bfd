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
  readonly ExtendedStatistic?: string;
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

const STATISTICS = /^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$/;

const COMPARISONS: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** A value of the alarm's metric for the seconds `[end - seconds, end)`, as it would be for a whole period. */
type Series = (end: number, seconds: number) => number | undefined;

/** Statistics that grow with the length of the period. */
const GROWING = new Set(['Sum', 'SampleCount']);

/**
 * One alarm of the template on the metrics that the fleets really produce.
 *
 * Its period is divided by the scaling factor. A sum over the shorter period is extrapolated to the whole one before
 * anything is made of it, since the requests do not come any faster for that: "5 errors in 60 s" is a rate.
 */
export class Alarm {
  private state: AlarmState = 'INSUFFICIENT_DATA';
  private reason = 'Unchecked: Initial alarm creation';
  private since = new Date();
  private readonly series: Series;
  private readonly periodSeconds: number;
  private readonly period: number;
  private readonly compare: (value: number, threshold: number) => boolean;

  /** @throws Error at start when the alarm uses a feature that is not evaluated here: better than a silent OK. */
  constructor(
    readonly properties: AlarmProperties,
    metrics: Metrics,
    private readonly speed: number,
    private readonly now: () => number = Date.now,
  ) {
    const { series, period } = seriesOf(properties, metrics);
    const compare = COMPARISONS[properties.ComparisonOperator];
    if (!compare) throw new Error(`alarm ${properties.AlarmName}: unknown ${properties.ComparisonOperator}`);
    this.series = series;
    this.compare = compare;
    // Buckets are one second wide, so that no period can be shorter.
    this.periodSeconds = Math.max(1, Math.round(period / this.speed));
    this.period = period;
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
    const breaching = present.filter((value) => this.compare(value, threshold)).length;
    const counted = breaching + (missing === 'breaching' ? absent : 0);
    if (present.length === 0 && missing === 'ignore') return this.current();
    if (present.length === 0 && missing === 'missing') {
      this.become('INSUFFICIENT_DATA', 'Insufficient Data: no datapoints were received');
    } else if (counted >= needed) {
      const shown = present.map((value) => Number(value.toFixed(3))).join(', ');
      const seen = `${counted} of the last ${periods} datapoints [${shown}] of ${this.periodSeconds} s`;
      this.become('ALARM', `Threshold Crossed: ${seen}, as of ${this.period} s, against ${threshold}`);
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

/**
 * The `cloudwatch` model: alarms of the template, evaluated when they are asked for. Alarms that the configuration names
 * and no template has (`alarms.own`) watch something that is not here: they exist, and have no data.
 */
export function cloudwatchModel(
  alarms: readonly Alarm[],
  scope: Scope,
  elsewhere: readonly string[] = [],
): ServiceModel {
  const describe = (alarm: Alarm): MetricAlarm => {
    const { state, reason, since } = alarm.evaluate();
    const { AlarmName } = alarm.properties;
    return {
      AlarmName,
      AlarmArn: `arn:aws:cloudwatch:${scope.region}:${scope.account}:alarm:${AlarmName}`,
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: since,
      StateTransitionedTimestamp: since,
    };
  };
  return {
    DescribeAlarms: async (input: DescribeAlarmsCommandInput): Promise<Partial<DescribeAlarmsCommandOutput>> => ({
      MetricAlarms: alarms
        .filter(({ properties }) => input.AlarmNames?.includes(properties.AlarmName) ?? true)
        .filter(({ properties }) => properties.AlarmName.startsWith(input.AlarmNamePrefix ?? ''))
        .map(describe)
        .concat(elsewhere.filter((name) => input.AlarmNames?.includes(name)).map(withoutData))
        .filter((alarm) => input.StateValue === undefined || alarm.StateValue === input.StateValue),
      CompositeAlarms: [],
    }),
  };
}

const withoutData = (AlarmName: string): MetricAlarm => ({
  AlarmName,
  StateValue: 'INSUFFICIENT_DATA',
  StateReason: 'The local mode has no data of it',
});

interface Source {
  readonly series: Series;
  /** Seconds, as the template says. */
  readonly period: number;
}

function seriesOf(properties: AlarmProperties, metrics: Metrics): Source {
  if (!properties.MetricName) return mathSeries(properties, metrics);
  const { AlarmName, MetricName, Dimensions, Statistic, ExtendedStatistic, Period: period = 60 } = properties;
  const statistic = statisticOf(AlarmName, Statistic ?? ExtendedStatistic);
  return { period, series: metricSeries(metrics, dimensioned(MetricName, Dimensions), statistic, period) };
}

/** Sums of a shorter period are extrapolated to the whole one; averages and percentiles are what they are. */
function metricSeries(metrics: Metrics, name: string, statistic: Statistic, period: number): Series {
  return (end, seconds) => {
    const value = metrics.read(name, end, seconds, statistic);
    return value === undefined || !GROWING.has(statistic) ? value : (value * period) / seconds;
  };
}

/** Metric math of the plain kind: sums, differences, products, quotients, comparisons, IF and FILL(x, 0) of metrics. */
function mathSeries(properties: AlarmProperties, metrics: Metrics): Source {
  const queries = properties.Metrics ?? [];
  const result = queries.find((query) => query.ReturnData !== false && query.Expression) ?? queries[0];
  const expression = result?.Expression ?? result?.Id ?? '';
  const plain = expression.replaceAll(/FILL\(\s*(\w+)\s*,\s*0\s*\)/g, '$1');
  if (!/^[\w\s+\-*/().,<>=]+$/.test(plain) || /\b(?!IF\b)[A-Z_]{2,}\(/.test(plain)) {
    throw new Error(`alarm ${properties.AlarmName}: the local mode cannot evaluate "${expression}"`);
  }
  const period = queries.find((query) => query.MetricStat)?.MetricStat?.Period ?? 60;
  // Without a value there is none of the expression either, but where it is filled in.
  const unfilled = expression.replaceAll(/FILL\([^)]*\)/g, '');
  const inputs = queries.flatMap(({ Id: id, MetricStat }) => {
    if (!MetricStat) return [];
    const name = dimensioned(MetricStat.Metric.MetricName, MetricStat.Metric.Dimensions);
    const read = metricSeries(metrics, name, statisticOf(properties.AlarmName, MetricStat.Stat), period);
    return [{ id, read, needed: new RegExp(`\\b${id}\\b`).test(unfilled) }];
  });
  const compute = new Function('IF', ...inputs.map(({ id }) => id), `return ${plain};`) as (
    choose: typeof chooseValue,
    ...values: number[]
  ) => number;
  return {
    period,
    series: (end, seconds) => {
      const values = inputs.map(({ read }) => read(end, seconds));
      if (values.every((value) => value === undefined)) return undefined;
      if (inputs.some(({ needed }, index) => needed && values[index] === undefined)) return undefined;
      const value = compute(chooseValue, ...values.map((each) => each ?? 0));
      return Number.isFinite(value) ? value : undefined;
    },
  };
}

const chooseValue = (condition: boolean, yes: number, no: number): number => (condition ? yes : no);

function statisticOf(alarm: string, name = 'Average'): Statistic {
  if (!STATISTICS.test(name)) throw new Error(`alarm ${alarm}: the local mode has no statistic "${name}"`);
  return name as Statistic;
}

function dimensioned(metric: string, dimensions: AlarmProperties['Dimensions'] = []): string {
  const owner =
    dimensions.find(({ Name }) => Name === 'TargetGroup') ?? dimensions.find(({ Name }) => Name === 'LoadBalancer');
  return seriesName(metric, owner?.Value ?? '');
}
