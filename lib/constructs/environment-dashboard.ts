import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ColorFleet } from './color-fleet';

export interface EnvironmentDashboardProps {
  /** Name of the dashboard, `<application>-<environment>`. */
  readonly name: string;
  readonly clusterName: string;
  /** Blue, and where there are two, green. */
  readonly fleets: readonly ColorFleet[];
  readonly distributionId: string;
  readonly databaseInstanceId: string;
  /** By what they are for: `releases`, `migrations`, … */
  readonly stateMachineArns: Readonly<Record<string, string>>;
  readonly backupVaults: readonly string[];
  readonly alarms: readonly cloudwatch.IAlarm[];
}

const PERIOD = { period: 60 };
const HALF = 12;
const THIRD = 8;

/** Colors as people know them. */
const PAINT = { blue: cloudwatch.Color.BLUE, green: cloudwatch.Color.GREEN } as const;

/** One page for everything that people look at while an environment is released to, and while it is not. */
export class EnvironmentDashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: EnvironmentDashboardProps,
  ) {
    super(scope, id);
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.hours(3),
      // Widgets of a release and of what viewers get then stand above each other, on the same times.
      periodOverride: cloudwatch.PeriodOverride.INHERIT,
      widgets: [
        [this.explanation(), this.alarmStates()],
        [this.traffic(), this.releases()],
        [this.errors(), this.errorShare()],
        [this.latency(), this.targets()],
        [this.saturation('CPUUtilization', 'CPU'), this.saturation('MemoryUtilization', 'Memory'), this.viewers()],
        [this.database(), this.backups()],
      ],
    });
  }

  private explanation(): cloudwatch.IWidget {
    return new cloudwatch.TextWidget({
      width: HALF,
      height: 4,
      markdown: [
        `# ${this.props.name}`,
        'Blue and green are fleets: which of them viewers get, the route says (`greenroom status`). A cutover is the crossing of the two lines of **Requests**; **Releases** beside it marks what began and how it ended.',
        'An idle color has no requests, hence neither errors nor latency. What to do about an alarm: docs/runbook.md, in the section that its description names.',
      ].join('\n\n'),
    });
  }

  private alarmStates(): cloudwatch.IWidget {
    return new cloudwatch.AlarmStatusWidget({
      title: 'Alarms',
      width: HALF,
      height: 4,
      alarms: [...this.props.alarms],
    });
  }

  private traffic(): cloudwatch.IWidget {
    return this.graph('Requests a minute', this.ofColors('RequestCount', 'Sum'), { stacked: true });
  }

  /** What began and what ended: the marks to read the other graphs by. */
  private releases(): cloudwatch.IWidget {
    const kinds = ['Started', 'Succeeded', 'Failed', 'Aborted', 'TimedOut'];
    const metrics = Object.entries(this.props.stateMachineArns).flatMap(([what, StateMachineArn]) =>
      kinds.map(
        (kind) =>
          new cloudwatch.Metric({
            namespace: 'AWS/States',
            metricName: `Executions${kind}`,
            dimensionsMap: { StateMachineArn },
            statistic: 'Sum',
            period: Duration.minutes(1),
            label: `${what}: ${kind.toLowerCase()}`,
          }),
      ),
    );
    return this.graph('Releases', metrics, { view: cloudwatch.GraphWidgetView.BAR });
  }

  private errors(): cloudwatch.IWidget {
    return this.graph('5xx a minute', [
      ...this.ofColors('HTTPCode_Target_5XX_Count', 'Sum', ' tasks'),
      ...this.ofColors('HTTPCode_ELB_5XX_Count', 'Sum', ' load balancer'),
    ]);
  }

  private errorShare(): cloudwatch.IWidget {
    const shares = this.props.fleets.map(
      (fleet) =>
        new cloudwatch.MathExpression({
          expression: `100 * FILL(errors_${fleet.color}, 0) / requests_${fleet.color}`,
          usingMetrics: {
            [`errors_${fleet.color}`]: fleet.metric('HTTPCode_Target_5XX_Count', 'Sum', PERIOD),
            [`requests_${fleet.color}`]: fleet.metric('RequestCount', 'Sum', PERIOD),
          },
          period: Duration.minutes(1),
          label: fleet.color,
          color: PAINT[fleet.color],
        }),
    );
    return this.graph('5xx in percent', shares);
  }

  private latency(): cloudwatch.IWidget {
    const metrics = ['p50', 'p95', 'p99'].flatMap((statistic) =>
      this.ofColors('TargetResponseTime', statistic, ` ${statistic}`),
    );
    return this.graph('Latency in seconds', metrics);
  }

  private targets(): cloudwatch.IWidget {
    return this.graph('Tasks', [
      ...this.ofColors('HealthyHostCount', 'Minimum', ' healthy'),
      ...this.ofColors('UnHealthyHostCount', 'Maximum', ' unhealthy'),
    ]);
  }

  private saturation(metricName: string, title: string): cloudwatch.IWidget {
    const metrics = this.props.fleets.map(
      ({ color, serviceName }) =>
        new cloudwatch.Metric({
          namespace: 'AWS/ECS',
          metricName,
          dimensionsMap: { ClusterName: this.props.clusterName, ServiceName: serviceName },
          statistic: 'Average',
          period: Duration.minutes(1),
          label: color,
          color: PAINT[color],
        }),
    );
    return this.graph(`${title} in percent`, metrics, { width: THIRD });
  }

  /** CloudFront has its metrics in us-east-1 only. */
  private viewers(): cloudwatch.IWidget {
    const metric = (metricName: string, statistic: string, label: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/CloudFront',
        metricName,
        dimensionsMap: { DistributionId: this.props.distributionId, Region: 'Global' },
        statistic,
        period: Duration.minutes(1),
        label,
        region: 'us-east-1',
      });
    return new cloudwatch.GraphWidget({
      title: 'Viewers',
      width: THIRD,
      left: [metric('Requests', 'Sum', 'requests')],
      right: [metric('5xxErrorRate', 'Average', '5xx in percent')],
    });
  }

  private database(): cloudwatch.IWidget {
    const metric = (metricName: string, label: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/RDS',
        metricName,
        dimensionsMap: { DBInstanceIdentifier: this.props.databaseInstanceId },
        statistic: 'Average',
        period: Duration.minutes(1),
        label,
      });
    return new cloudwatch.GraphWidget({
      title: 'Database',
      width: HALF,
      left: [metric('CPUUtilization', 'CPU in percent')],
      right: [metric('DatabaseConnections', 'connections')],
    });
  }

  /** The last bar of a vault is its newest recovery point: how far it lies back is the age of the backup. */
  private backups(): cloudwatch.IWidget {
    const metrics = this.props.backupVaults.flatMap((BackupVaultName) =>
      ['Completed', 'Failed'].map(
        (end) =>
          new cloudwatch.Metric({
            namespace: 'AWS/Backup',
            metricName: `NumberOfBackupJobs${end}`,
            dimensionsMap: { BackupVaultName },
            statistic: 'Sum',
            period: Duration.hours(1),
            label: `${BackupVaultName} ${end.toLowerCase()}`,
          }),
      ),
    );
    return this.graph('Backups of the last two weeks: age of the newest is the distance to the right', metrics, {
      view: cloudwatch.GraphWidgetView.BAR,
      // Weekly snapshots have to show whichever time is looked at.
      start: '-P14D',
      end: 'P0D',
    });
  }

  private ofColors(metricName: string, statistic: string, suffix = ''): cloudwatch.IMetric[] {
    return this.props.fleets.map((fleet) =>
      fleet.metric(metricName, statistic, PERIOD).with({ label: `${fleet.color}${suffix}`, color: PAINT[fleet.color] }),
    );
  }

  private graph(
    title: string,
    left: cloudwatch.IMetric[],
    options: Partial<cloudwatch.GraphWidgetProps> = {},
  ): cloudwatch.GraphWidget {
    return new cloudwatch.GraphWidget({ title, left, width: HALF, leftYAxis: { min: 0 }, ...options });
  }
}
