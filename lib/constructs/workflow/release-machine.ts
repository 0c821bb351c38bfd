import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { RELEASE_STEPS } from '../../../lambda/domain/steps';
import type { EnvironmentConfig } from '../../config';
import { checkAndMigrate } from './check-and-migrate';
import { checkHistory, longestRelease } from './limits';
import { inOrder, StepStates, TURN_TIMED_OUT, TURN_TIMEOUT } from './step-states';
import { namedStep } from './steps';

export interface MachineProps {
  /** Physical name. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  /** The function of a folder under `lambda`. */
  readonly functions: (folder: string) => lambda.IFunction;
  readonly logs: sfn.LogOptions;
}

/**
 * The state machine of a blue/green release, step by step as the design numbers them. A cold revert passes through it
 * too, without scan, migration and approval.
 *
 * @throws Error at synthesis when the environment's times and poll interval would outgrow an execution's history.
 */
export class ReleaseMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { environment } = props;
    checkHistory(environment);
    const states = new StepStates(this, 'States', {
      functions: props.functions,
      pollInterval: Duration.seconds(environment.pollInterval),
      recovery: { name: 'RecoverRelease', folder: RELEASE_STEPS.RecoverRelease },
    });
    const isRelease = sfn.Condition.stringEquals('$.release.kind', 'release');
    const isTrue = (path: string) => sfn.Condition.booleanEquals(path, true);
    const approvalTimeout = Duration.seconds(environment.approval.timeout);
    const approval = () =>
      states.when(
        'ApprovalNeeded',
        isRelease,
        states.answered({
          ...namedStep('AwaitApproval'),
          timeout: approvalTimeout,
          timedOut: {
            error: 'ApprovalTimedOut',
            cause: `nobody decided within ${approvalTimeout.toHours({ integral: false })} hours`,
          },
        }),
      );

    this.stateMachine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: `Releases a version to ${environment.name}, blue/green`,
      definitionBody: sfn.DefinitionBody.fromChainable(
        inOrder([
          states.begin(),
          states.once(namedStep('OpenRelease')),
          states.answered({ ...namedStep('AwaitTurn'), timeout: TURN_TIMEOUT, timedOut: TURN_TIMED_OUT }),
          states.when('IsRelease', isRelease, checkAndMigrate(states, environment)),
          states.once(namedStep('DeployIdle')),
          states.until(isTrue('$.health.healthy'), namedStep('AwaitHealthy')),
          states.once(namedStep('SmokeTest')),
          ...(environment.approval.required ? [approval()] : []),
          states.once(namedStep('PrepareCutover')),
          states.until(isTrue('$.shift.done'), namedStep('ShiftTraffic')),
          ...(environment.bake > 0 ? [states.until(isTrue('$.bake.done'), namedStep('Bake'))] : []),
          states.once(namedStep('CompleteRelease')),
          new sfn.Succeed(this, 'Released', { stateName: 'Released' }),
        ]),
      ),
      timeout: longestRelease(environment),
      tracingEnabled: true,
      logs: props.logs,
    });
  }
}
