import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { MIGRATION_STEPS, RELEASE_STEPS } from '../../../lambda/domain/steps';
import type { EnvironmentConfig } from '../../config';
import { awaitTurn } from './answered-steps';
import { applyPending, findPending, restorePoint } from './check-and-migrate';
import { longestRelease } from './limits';
import { inOrder, MIGRATION_TIMEOUT, type StepStates } from './step-states';
import { namedStep } from './steps';
import { type MachineProps, WorkflowMachine } from './workflow-machine';

const isAction = (action: string) => sfn.Condition.stringEquals('$.request.action', action);

/**
 * The state machine of a migration without a release: it takes the same turn, plans, makes the restore point, and then
 * applies what is pending of a version's changelog or takes changesets back; or it frees a dead migrator's locks. A
 * failure goes to the recovery of releases.
 */
export class MigrationMachine extends WorkflowMachine {
  constructor(scope: Construct, id: string, props: MachineProps) {
    const { environment } = props;
    const rolling = environment.strategy === 'rolling';
    super(scope, id, props, {
      comment: `Migrates the database of ${environment.name}, or takes changesets back, without a release`,
      recovery: { name: 'RecoverRelease', folder: rolling ? 'recover-roll' : RELEASE_STEPS.RecoverRelease },
      steps: (states) => steps(states, environment),
      end: 'Migrated',
      timeout: longestRelease(environment),
    });
  }
}

function steps(states: StepStates, environment: EnvironmentConfig): sfn.IChainable[] {
  const isUpdate = isAction('update');
  const isRollback = isAction('rollback');
  const isReleaseLocks = isAction('release-locks');
  const rollBack = { folder: MIGRATION_STEPS.RollBack, timeout: MIGRATION_TIMEOUT };
  const work = inOrder([
    states.once(namedStep('RecordPlan')),
    ...restorePoint(states, environment),
    states.when('Updating', isUpdate, inOrder(applyPending(states, environment))),
    states.when(
      'RollingBack',
      isRollback,
      states.until(sfn.Condition.booleanEquals('$.migration.done', true), {
        name: 'RollBack',
        member: 'migration',
        ...rollBack,
      }),
    ),
  ]);
  return [
    states.once({ name: 'OpenMigration', folder: MIGRATION_STEPS.OpenMigration, member: 'release' }),
    awaitTurn(states),
    states.when('IsUpdate', isUpdate, inOrder(findPending(states))),
    states.when('IsRollback', isRollback, states.once({ name: 'PlanRollBack', member: 'plan', ...rollBack })),
    states.when(
      'IsReleaseLocks',
      isReleaseLocks,
      states.once({ name: 'ReleaseLocks', folder: MIGRATION_STEPS.ReleaseLocks, member: 'locks' }),
    ),
    states.when(
      'AnythingPending',
      // There is no plan for locks.
      sfn.Condition.and(sfn.Condition.not(isReleaseLocks), sfn.Condition.numberGreaterThan('$.plan.pending', 0)),
      work,
    ),
    states.once({ name: 'CompleteMigration', folder: MIGRATION_STEPS.CompleteMigration, member: 'completion' }),
  ];
}
