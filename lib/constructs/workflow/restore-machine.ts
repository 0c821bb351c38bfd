import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { RELEASE_STEPS, RESTORE_STEPS } from '../../../lambda/domain/steps';
import type { MachineProps } from './release-machine';
import { inOrder, type StepName, StepStates, TURN_TIMED_OUT, TURN_TIMEOUT } from './step-states';
import { namedStep } from './steps';

/** RDS works for minutes and hours; `RESTORE_POLLS` counts these. */
const POLL = Duration.seconds(30);

/** What colors have begun before the edge was shut has this long to end. */
const DRAIN = Duration.seconds(30);

/** The function validates for at most 14 minutes. */
const VALIDATION_TIMEOUT = Duration.minutes(15);

/** Where the new instance is before it has the application's name. */
const RESTORED = { 'host.$': '$.instance.host', 'port.$': '$.instance.port' };

/** Longer than turn, approval (30 days at most), RDS and all the rest can take together. */
const LONGEST = Duration.days(35);

/** Members of the state that the steps write. */
const MEMBERS: Record<Exclude<keyof typeof RESTORE_STEPS, 'RecoverRestore'>, string> = {
  OpenRestore: 'release',
  PlanRestore: 'restore',
  RestoreInstance: 'instance',
  BeginMaintenance: 'maintenance',
  SwitchDatabase: 'switched',
  RollTasks: 'tasks',
  CompleteRestore: 'completion',
};

/**
 * The state machine that restores the database: it takes the turn of releases, says what will be lost, asks for
 * approval, makes and checks a new instance beside the old one, and gives it the application's name while the edge is
 * shut. Whatever fails before viewers are let in again, the old instance gets its name back; it is never deleted.
 */
export class RestoreMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { environment } = props;
    const states = new StepStates(this, 'States', {
      functions: props.functions,
      pollInterval: POLL,
      recovery: { name: 'RecoverRestore', folder: RESTORE_STEPS.RecoverRestore },
    });
    const step = (name: keyof typeof MEMBERS): StepName => ({
      name,
      folder: RESTORE_STEPS[name],
      member: MEMBERS[name],
    });
    const isReal = sfn.Condition.booleanEquals('$.release.dryRun', false);
    const isTrue = (path: string) => sfn.Condition.booleanEquals(path, true);
    // What they find stands in the state: the step after them asks whether it was sound.
    const validate = (name: string, at: Record<string, string>) =>
      states.once({
        name,
        folder: 'validate-database',
        member: 'validation',
        timeout: VALIDATION_TIMEOUT,
        payload: sfn.TaskInput.fromObject({ ...at, 'changelog.$': '$.release.changelog', complete: false }),
      });
    const approvalTimeout = Duration.seconds(environment.approval.timeout);
    const approval = () =>
      states.answered({
        name: 'AwaitRestoreApproval',
        folder: RELEASE_STEPS.AwaitApproval,
        member: 'approval',
        timeout: approvalTimeout,
        timedOut: {
          error: 'ApprovalTimedOut',
          cause: `nobody decided within ${approvalTimeout.toHours({ integral: false })} hours`,
        },
      });
    const work = inOrder([
      // What a restore loses, production never loses on one person's word.
      ...(environment.production || environment.approval.required ? [approval()] : []),
      states.until(sfn.Condition.stringEquals('$.instance.status', 'available'), step('RestoreInstance')),
      this.mendUsers(states, 'MendUsers', RESTORED),
      validate('ValidateRestored', RESTORED),
      states.once(step('BeginMaintenance')),
      new sfn.Wait(this, 'DrainWrites', { stateName: 'DrainWrites', time: sfn.WaitTime.duration(DRAIN) }),
      states.until(isTrue('$.switched.done'), step('SwitchDatabase')),
      // Once more under its new name: a rotation may have come in between.
      this.mendUsers(states, 'MendSwitched', { 'host.$': '$.restore.endpoint', 'port.$': '$.restore.port' }),
      validate('ValidateSwitched', {}),
      states.until(isTrue('$.tasks.done'), step('RollTasks')),
    ]);

    this.stateMachine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: `Restores the database of ${environment.name}`,
      definitionBody: sfn.DefinitionBody.fromChainable(
        inOrder([
          states.begin(),
          states.once(step('OpenRestore')),
          states.when(
            'TakesTurn',
            isReal,
            states.answered({ ...namedStep('AwaitTurn'), timeout: TURN_TIMEOUT, timedOut: TURN_TIMED_OUT }),
          ),
          states.once(step('PlanRestore')),
          states.when('IsRestore', isReal, work),
          states.once(step('CompleteRestore')),
          new sfn.Succeed(this, 'Restored', { stateName: 'Restored' }),
        ]),
      ),
      timeout: LONGEST,
      tracingEnabled: true,
      logs: props.logs,
    });
  }

  /** The database's users, with today's passwords: by the function that makes them anyhow. */
  private mendUsers(states: StepStates, name: string, at: Record<string, string>) {
    const mend = states.once({
      name,
      folder: 'rotate-secret',
      member: 'users',
      payload: sfn.TaskInput.fromObject({ mendUsersOf: at }),
    });
    // The administrator's new password, and the address, take a moment to be what RDS says they are.
    return mend.addRetry({
      errors: ['States.ALL'],
      interval: Duration.seconds(20),
      maxAttempts: 6,
      backoffRate: 1.5,
    });
  }
}
