import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type Color, COLORS } from '../domain/color';
import { setting } from './settings';

const client = new CloudWatchClient({});

/** Load balancers report once a minute, and late. */
const PERIOD_SECONDS = 60;
const LOOK_BACK_MS = 5 * 60_000;

/** Requests a second that each color answered in the newest minute that is known; null when none is. */
export async function requestRates(): Promise<Readonly<Record<Color, number | null>>> {
  const now = Date.now();
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - LOOK_BACK_MS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: COLORS.map((color) => ({
        Id: color,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/ApplicationELB',
            MetricName: 'RequestCount',
            Dimensions: [{ Name: 'LoadBalancer', Value: setting(`${upper(color)}_LOAD_BALANCER`) }],
          },
          Period: PERIOD_SECONDS,
          Stat: 'Sum',
        },
      })),
    }),
  );
  const rate = (color: Color) => {
    const newest = MetricDataResults.find(({ Id }) => Id === color)?.Values?.[0];
    return newest === undefined ? null : newest / PERIOD_SECONDS;
  };
  return { blue: rate('blue'), green: rate('green') };
}

const upper = (color: Color) => (color === 'blue' ? 'BLUE' : 'GREEN');
