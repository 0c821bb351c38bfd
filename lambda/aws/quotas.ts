import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeAccountAttributesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';

const quotas = new ServiceQuotasClient({});
const cloudwatch = new CloudWatchClient({});
const rds = new RDSClient({});

/** How much of something there may be in the account and region, and how much there is. */
export interface Quota {
  readonly limit: number;
  /** @default - AWS does not say */
  readonly used?: number;
}

/** "Fargate On-Demand vCPU resource count", in vCPU. */
const FARGATE_VCPU = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' } as const;

export async function fargateVcpu(): Promise<Quota> {
  const [{ Quota: quota }, used] = await Promise.all([
    quotas.send(new GetServiceQuotaCommand(FARGATE_VCPU)),
    usedVcpu(),
  ]);
  return { limit: quota?.Value ?? 0, used };
}

/** CloudWatch counts every five minutes what of the quota is used. */
async function usedVcpu(): Promise<number | undefined> {
  const now = Date.now();
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - 20 * 60_000),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        {
          Id: 'used',
          MetricStat: {
            Period: 300,
            Stat: 'Maximum',
            Metric: {
              Namespace: 'AWS/Usage',
              MetricName: 'ResourceCount',
              Dimensions: [
                { Name: 'Service', Value: 'Fargate' },
                { Name: 'Type', Value: 'Resource' },
                { Name: 'Resource', Value: 'vCPU' },
                { Name: 'Class', Value: 'Standard/OnDemand' },
              ],
            },
          },
        },
      ],
    }),
  );
  return MetricDataResults?.[0]?.Values?.[0];
}

/** Snapshots made by hand, to which those before migrations belong. */
export async function manualSnapshots(): Promise<Quota> {
  const { AccountQuotas = [] } = await rds.send(new DescribeAccountAttributesCommand({}));
  const found = AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === 'ManualSnapshots');
  return { limit: found?.Max ?? 0, used: found?.Used };
}
