import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { RESTORE_STEPS } from '../../../lambda/domain/steps';
import type { EnvironmentConfig } from '../../config';
import { awaitApproval, awaitTurn } from './answered-steps';
import { inOrder, type StepName, type StepStates } from './step-states';
import { type MachineProps, WorkflowMachine } from './workflow-machine';

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
export class RestoreMachine extends WorkflowMachine {
  constructor(scope: Construct, id: string, props: MachineProps) {
    const { environment } = props;
    const isReal = sfn.Condition.booleanEquals('$.release.dryRun', false);
    super(scope, id, props, {
      comment: `Restores the database of ${environment.name}`,
      recovery: { name: 'RecoverRestore', folder: RESTORE_STEPS.RecoverRestore },
      pollInterval: POLL,
      steps: (states) => [
        states.once(step('OpenRestore')),
        states.when('TakesTurn', isReal, awaitTurn(states)),
        states.once(step('PlanRestore')),
        states.when('IsRestore', isReal, inOrder(work(states, environment))),
        states.once(step('CompleteRestore')),
      ],
      end: 'Restored',
      timeout: LONGEST,
    });
  }
}

/** What a dry run leaves out. */
function work(states: StepStates, environment: EnvironmentConfig): sfn.IChainable[] {
  const isTrue = (path: string) => sfn.Condition.booleanEquals(path, true);
  const approval = { name: 'AwaitRestoreApproval', lastLook: 'CloseRestoreApproval' };
  return [
    // What a restore loses, production never loses on one person's word.
    ...(environment.production || environment.approval.required ? [awaitApproval(states, environment, approval)] : []),
    states.until(sfn.Condition.stringEquals('$.instance.status', 'available'), step('RestoreInstance')),
    mendUsers(states, 'MendUsers', RESTORED),
    validate(states, 'ValidateRestored', RESTORED),
    states.once(step('BeginMaintenance')),
    states.pause('DrainWrites', DRAIN),
    states.until(isTrue('$.switched.done'), step('SwitchDatabase')),
    // Once more under its new name: a rotation may have come in between.
    mendUsers(states, 'MendSwitched', { 'host.$': '$.restore.endpoint', 'port.$': '$.restore.port' }),
    validate(states, 'ValidateSwitched', {}),
    states.until(isTrue('$.tasks.done'), step('RollTasks')),
  ];
}

function step(name: keyof typeof MEMBERS): StepName {
  return { name, folder: RESTORE_STEPS[name], member: MEMBERS[name] };
}

/** What is found stands in the state: the step after it asks whether it was sound. */
function validate(states: StepStates, name: string, at: Record<string, string>) {
  return states.once({
    name,
    folder: 'validate-database',
    member: 'validation',
    timeout: VALIDATION_TIMEOUT,
    payload: sfn.TaskInput.fromObject({ ...at, 'changelog.$': '$.release.changelog', complete: false }),
  });
}

/** The database's users, with today's passwords: by the function that makes them anyhow. */
function mendUsers(states: StepStates, name: string, at: Record<string, string>) {
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
