import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** How often releases are looked for whose execution ended without anybody noticing. */
const SWEEP = Duration.minutes(5);

/**
 * Recovery from outside: aborted, timed-out and oversized executions run no Catch, so that an event rule on the end
 * calls the very same recovery; events are best effort, so that a sweep does too.
 */
export function recoverFromOutside(
  scope: Construct,
  props: { readonly stateMachines: readonly sfn.IStateMachine[]; readonly recover: lambda.IFunction },
): void {
  new events.Rule(scope, 'ExecutionEnded', {
    description: 'Brings a release to its end whose execution ended without success',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: props.stateMachines.map(({ stateMachineArn }) => stateMachineArn),
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    },
    targets: [new targets.LambdaFunction(props.recover)],
  });
  new events.Rule(scope, 'Sweep', {
    description: 'Brings releases to their end whose execution runs no more',
    schedule: events.Schedule.rate(SWEEP),
    targets: [new targets.LambdaFunction(props.recover, { event: events.RuleTargetInput.fromObject({ sweep: true }) })],
  });
}
