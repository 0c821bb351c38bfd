import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { awaitTurn } from './answered-steps';
import { checkAndMigrate } from './check-and-migrate';
import { checkHistory, longestRelease } from './limits';
import { namedStep } from './steps';
import { type MachineProps, WorkflowMachine } from './workflow-machine';

/** The short state machine of an environment with one fleet: check, migrate, roll, look. */
export class RollingMachine extends WorkflowMachine {
  constructor(scope: Construct, id: string, props: MachineProps) {
    const { environment } = props;
    checkHistory(environment);
    super(scope, id, props, {
      comment: `Releases a version to ${environment.name}, rolling`,
      recovery: { name: 'RecoverRelease', folder: 'recover-roll' },
      steps: (states) => [
        states.once(namedStep('OpenRelease')),
        awaitTurn(states),
        checkAndMigrate(states, environment),
        states.once({ name: 'RollLive', folder: 'roll-live', member: 'idle' }),
        states.until(sfn.Condition.booleanEquals('$.health.healthy', true), namedStep('AwaitHealthy')),
        states.once({ name: 'SmokeTest', folder: 'smoke-live', member: 'smoke' }),
        states.once({ name: 'CompleteRelease', folder: 'complete-roll', member: 'completion' }),
      ],
      end: 'Released',
      timeout: longestRelease(environment),
    });
  }
}
