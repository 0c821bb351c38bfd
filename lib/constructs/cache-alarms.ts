import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { describeAlarm } from '../runbook';

export interface CacheAlarmsProps {
  /** The replication group's id, and the prefix of the alarms' names. */
  readonly name: string;
  /** Who is told. */
  readonly topic: sns.ITopic;
  readonly nodes: number;
  /** Name of the function that rotates the cache's secret. */
  readonly rotate: string;
}

/** ElastiCache numbers a group's nodes, and every node of Valkey is the first of its own cluster. */
const NODE = '0001';

/**
 * What people are called for at the cache. Nobody has lost anything yet: the application is slower, and the database has
 * more to do. A failover itself calls nobody, a node that does not come back does.
 */
export class CacheAlarms extends Construct {
  readonly alarms: cloudwatch.Alarm[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CacheAlarmsProps,
  ) {
    super(scope, id);
    this.alarms = [
      this.alarm('Memory', 'memory', 'The cache is full: what is in it goes before its time', 90, {
        metric: this.worst('DatabaseMemoryUsagePercentage', 'Maximum'),
      }),
      this.alarm('Evictions', 'evictions', 'The cache throws out more than a thousand entries in five minutes', 1000, {
        metric: this.worst('Evictions', 'Sum'),
      }),
      this.alarm('Cpu', 'cpu', 'The thread of the cache that answers has been busy for a quarter of an hour', 90, {
        metric: this.worst('EngineCPUUtilization', 'Average'),
      }),
      // Counted by what every node tells of itself every minute.
      this.alarm('Nodes', 'nodes', 'A node of the cache has not been heard of for a quarter of an hour', 1, {
        metric: this.overNodes('CPUUtilization', 'SampleCount', 'MIN'),
        comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      }),
      this.alarm(
        'SignIn',
        'sign-in',
        'Tasks are not let in to the cache: their password is older than two rotations',
        1,
        {
          metric: this.worst('AuthenticationFailures', 'Sum'),
        },
      ),
      this.alarm('Rotation', 'rotation', "The rotation of the cache's secret failed", 1, {
        metric: new cloudwatch.Metric({
          namespace: 'AWS/Lambda',
          metricName: 'Errors',
          dimensionsMap: { FunctionName: props.rotate },
          statistic: 'Sum',
          period: Duration.minutes(5),
        }),
        evaluationPeriods: 1,
      }),
    ];
  }

  /** Of the node where it is worst. */
  private worst(metricName: string, statistic: string): cloudwatch.IMetric {
    return this.overNodes(metricName, statistic, 'MAX');
  }

  /** What no node says counts as 0. */
  private overNodes(metricName: string, statistic: string, take: 'MAX' | 'MIN'): cloudwatch.IMetric {
    const usingMetrics = Object.fromEntries(
      Array.from({ length: this.props.nodes }, (_, index) => [
        `m${index}`,
        new cloudwatch.Metric({
          namespace: 'AWS/ElastiCache',
          metricName,
          dimensionsMap: {
            CacheClusterId: `${this.props.name}-${String(index + 1).padStart(3, '0')}`,
            CacheNodeId: NODE,
          },
          statistic,
          period: Duration.minutes(5),
        }),
      ]),
    );
    const filled = Object.keys(usingMetrics).map((each) => `FILL(${each}, 0)`);
    return new cloudwatch.MathExpression({
      expression: `${take}([${filled.join(', ')}])`,
      usingMetrics,
      period: Duration.minutes(5),
      label: `${metricName} of the nodes`,
    });
  }

  private alarm(
    id: string,
    suffix: string,
    meaning: string,
    threshold: number,
    options: { readonly metric: cloudwatch.IMetric } & Partial<cloudwatch.CreateAlarmOptions>,
  ): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `${this.props.name}-cache-${suffix}`,
      alarmDescription: describeAlarm(meaning, 'the-cache'),
      threshold,
      evaluationPeriods: 3,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...options,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.props.topic));
    return alarm;
  }
}
