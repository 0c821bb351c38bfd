import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { checkAndMigrate } from './check-and-migrate';
import { checkHistory, longestRelease } from './limits';
import type { MachineProps } from './release-machine';
import { inOrder, StepStates, TURN_TIMED_OUT, TURN_TIMEOUT } from './step-states';
import { namedStep } from './steps';

/** The short state machine of an environment with one fleet: check, migrate, roll, look. */
export class RollingMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { environment } = props;
    checkHistory(environment);
    const states = new StepStates(this, 'States', {
      functions: props.functions,
      pollInterval: Duration.seconds(environment.pollInterval),
      recovery: { name: 'RecoverRelease', folder: 'recover-roll' },
    });
    this.stateMachine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: `Releases a version to ${environment.name}, rolling`,
      definitionBody: sfn.DefinitionBody.fromChainable(
        inOrder([
          states.begin(),
          states.once(namedStep('OpenRelease')),
          states.answered({ ...namedStep('AwaitTurn'), timeout: TURN_TIMEOUT, timedOut: TURN_TIMED_OUT }),
          checkAndMigrate(states, environment),
          states.once({ name: 'RollLive', folder: 'roll-live', member: 'idle' }),
          states.until(sfn.Condition.booleanEquals('$.health.healthy', true), namedStep('AwaitHealthy')),
          states.once({ name: 'SmokeTest', folder: 'smoke-live', member: 'smoke' }),
          states.once({ name: 'CompleteRelease', folder: 'complete-roll', member: 'completion' }),
          new sfn.Succeed(this, 'Released', { stateName: 'Released' }),
        ]),
      ),
      timeout: longestRelease(environment),
      tracingEnabled: true,
      logs: props.logs,
    });
  }
}
