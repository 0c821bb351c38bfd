import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** How often route, fleets and ledger are compared though nobody deployed anything. */
const INTERVAL = Duration.minutes(15);

/** How an operation on a stack may end that may have changed something. */
const ENDS = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'];

/**
 * Runs the drift guard on a schedule, and after every deployment of one of the stacks: CloudFormation tells EventBridge
 * of each end, a rollback and an update in the console included, which no custom resource in a template would see.
 */
export function guardAgainstDrift(
  scope: Construct,
  props: { readonly checkDrift: lambda.IFunction; readonly stackNames: readonly string[] },
): void {
  const target = (trigger: string) =>
    new targets.LambdaFunction(props.checkDrift, { event: events.RuleTargetInput.fromObject({ trigger }) });
  new events.Rule(scope, 'DriftSchedule', {
    description: 'Compares what runs with what route and ledger say',
    schedule: events.Schedule.rate(INTERVAL),
    targets: [target('schedule')],
  });
  const stacks = props.stackNames.map((name) =>
    Stack.of(scope).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${name}/` }),
  );
  new events.Rule(scope, 'StackDeployed', {
    description: 'Compares what runs with what route and ledger say, after a stack was deployed',
    eventPattern: {
      source: ['aws.cloudformation'],
      detailType: ['CloudFormation Stack Status Change'],
      detail: { 'stack-id': stacks.flatMap((arn) => events.Match.prefix(arn)), 'status-details': { status: ENDS } },
    },
    targets: [target(events.EventField.fromPath('$.detail.stack-id'))],
  });
}
