import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { RELEASE_STEPS } from '../../../lambda/domain/steps';
import { awaitApproval, awaitTurn } from './answered-steps';
import { checkAndMigrate } from './check-and-migrate';
import { checkHistory, longestRelease } from './limits';
import { namedStep } from './steps';
import { type MachineProps, WorkflowMachine } from './workflow-machine';

/**
 * The state machine of a blue/green release, step by step as the design numbers them. A cold revert passes through it
 * too, without scan, migration and approval.
 *
 * @throws Error at synthesis when the environment's times and poll interval would outgrow an execution's history.
 */
export class ReleaseMachine extends WorkflowMachine {
  constructor(scope: Construct, id: string, props: MachineProps) {
    const { environment } = props;
    checkHistory(environment);
    const isRelease = sfn.Condition.stringEquals('$.release.kind', 'release');
    const isTrue = (path: string) => sfn.Condition.booleanEquals(path, true);
    const approval = { name: 'AwaitApproval', lastLook: 'CloseApproval' };
    super(scope, id, props, {
      comment: `Releases a version to ${environment.name}, blue/green`,
      recovery: { name: 'RecoverRelease', folder: RELEASE_STEPS.RecoverRelease },
      steps: (states) => [
        states.once(namedStep('OpenRelease')),
        awaitTurn(states),
        states.when('IsRelease', isRelease, checkAndMigrate(states, environment)),
        states.once(namedStep('DeployIdle')),
        states.until(isTrue('$.health.healthy'), namedStep('AwaitHealthy')),
        states.once(namedStep('SmokeTest')),
        ...(environment.approval.required
          ? [states.when('ApprovalNeeded', isRelease, awaitApproval(states, environment, approval))]
          : []),
        states.once(namedStep('PrepareCutover')),
        states.until(isTrue('$.shift.done'), namedStep('ShiftTraffic')),
        ...(environment.bake > 0 ? [states.until(isTrue('$.bake.done'), namedStep('Bake'))] : []),
        states.once(namedStep('CompleteRelease')),
      ],
      end: 'Released',
      timeout: longestRelease(environment),
    });
  }
}
