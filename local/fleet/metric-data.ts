import type { GetMetricDataCommandInput, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { ServiceModel } from '../cloud/model';
import { type Metrics, type Statistic } from './metrics';
import { seriesName } from './target-group';

/**
 * GetMetricData of plain metrics: the newest period that is whole. Periods are divided by the scaling factor as those of
 * alarms are, and a sum is extrapolated to the whole period: 120 requests in 60 s is a rate.
 */
export function metricDataModel(metrics: Metrics, speed: number, now: () => number = Date.now): ServiceModel {
  const newest = ({ Id, MetricStat }: MetricDataQuery): MetricDataResult => {
    if (!MetricStat?.Metric) throw new Error(`metric query ${Id}: the local mode evaluates plain metrics only`);
    const { Metric, Period = 60, Stat = 'Average' } = MetricStat;
    const seconds = Math.max(1, Math.round(Period / speed));
    const end = Math.floor(now() / 1000);
    const series = seriesName(Metric.MetricName ?? '', Metric.Dimensions?.[0]?.Value ?? '');
    const value = metrics.read(series, end, seconds, Stat as Statistic);
    if (value === undefined) return { Id, Values: [], Timestamps: [], StatusCode: 'Complete' };
    const whole = Stat === 'Sum' ? (value * Period) / seconds : value;
    return { Id, Values: [whole], Timestamps: [new Date((end - seconds) * 1000)], StatusCode: 'Complete' };
  };
  return {
    GetMetricData: async ({ MetricDataQueries = [] }: GetMetricDataCommandInput) => ({
      MetricDataResults: MetricDataQueries.map(newest),
    }),
  };
}
