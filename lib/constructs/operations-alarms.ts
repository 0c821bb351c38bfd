import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { describeAlarm, type RunbookSection } from '../runbook';

export interface OperationsAlarmsProps {
  /** Prefix of the alarms' names, `<application>-<environment>`. */
  readonly name: string;
  /** Who is told. */
  readonly topic: sns.ITopic;
  /** Names of functions. */
  readonly functions: {
    readonly recover: string;
    readonly checkDrift: string;
    readonly rotate: string;
    /** @default - an environment with one fleet retires none */
    readonly retire?: string;
  };
  /** ARNs of the state machines whose executions are watched. */
  readonly stateMachineArns: readonly string[];
}

interface AlarmOptions {
  readonly id: string;
  readonly suffix: string;
  readonly meaning: string;
  readonly section: RunbookSection;
  readonly metric: cloudwatch.IMetric;
  /** Periods in a row. @default 1 */
  readonly evaluationPeriods?: number;
}

/**
 * What people are called for although no viewer may have noticed yet: the machinery that brings releases to their end,
 * and that keeps an environment as it should be, does not work. The steps of a release are not among it: their errors
 * end it with a reason, which is told of.
 */
export class OperationsAlarms extends Construct {
  readonly alarms: cloudwatch.Alarm[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: OperationsAlarmsProps,
  ) {
    super(scope, id);
    const { functions } = props;
    this.alarms = [
      this.alarm({
        id: 'Recovery',
        suffix: 'recovery',
        meaning: 'Recovery has failed for a quarter of an hour: a release, its turn or its traffic may be left over',
        section: 'recovery-fails',
        // The sweep runs every five minutes, and fails again as long as one release cannot be ended.
        metric: errorsOf(functions.recover, Duration.minutes(5)),
        evaluationPeriods: 3,
      }),
      this.alarm({
        id: 'Executions',
        suffix: 'executions',
        meaning: 'An execution of a state machine failed, was aborted or timed out',
        section: 'an-execution-ended-without-success',
        metric: this.executionsWithoutSuccess(),
      }),
      this.alarm({
        id: 'Drift',
        suffix: 'drift-guard',
        meaning: 'The drift guard has failed twice: nobody compares what runs with what should',
        section: 'the-drift-guard-fails',
        metric: errorsOf(functions.checkDrift, Duration.minutes(15)),
        evaluationPeriods: 2,
      }),
      this.alarm({
        id: 'Rotation',
        suffix: 'rotation',
        meaning: "The rotation of a database secret failed, or the making of the database's users",
        section: 'the-database-secret-does-not-rotate',
        metric: errorsOf(functions.rotate, Duration.minutes(5)),
      }),
      ...(functions.retire === undefined ? [] : [this.retirement(functions.retire)]),
    ];
  }

  private retirement(name: string): cloudwatch.Alarm {
    return this.alarm({
      id: 'Retirement',
      suffix: 'retirement',
      meaning: 'A standby could not be retired after its revert window: it goes on and costs',
      section: 'retirement-fails',
      metric: errorsOf(name, Duration.minutes(5)),
    });
  }

  private executionsWithoutSuccess(): cloudwatch.IMetric {
    const kinds = ['ExecutionsFailed', 'ExecutionsAborted', 'ExecutionsTimedOut'];
    const metrics = this.props.stateMachineArns.flatMap((StateMachineArn) =>
      kinds.map(
        (metricName) =>
          new cloudwatch.Metric({
            namespace: 'AWS/States',
            metricName,
            dimensionsMap: { StateMachineArn },
            statistic: 'Sum',
            period: Duration.minutes(5),
          }),
      ),
    );
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
    return new cloudwatch.MathExpression({
      expression: Object.keys(usingMetrics)
        .map((each) => `FILL(${each}, 0)`)
        .join(' + '),
      usingMetrics,
      period: Duration.minutes(5),
      label: 'executions without success',
    });
  }

  private alarm({ id, suffix, meaning, section, metric, evaluationPeriods = 1 }: AlarmOptions): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `${this.props.name}-${suffix}`,
      alarmDescription: describeAlarm(meaning, section),
      metric,
      threshold: 1,
      evaluationPeriods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // What was not called has not failed.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.props.topic));
    return alarm;
  }
}

function errorsOf(FunctionName: string, period: Duration): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensionsMap: { FunctionName },
    statistic: 'Sum',
    period,
  });
}
