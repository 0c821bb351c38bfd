import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MIGRATION_STEPS, RELEASE_STEPS } from '../../../lambda/domain/steps';
import { applyPending, findPending, restorePoint } from './check-and-migrate';
import { longestRelease } from './limits';
import type { MachineProps } from './release-machine';
import { inOrder, MIGRATION_TIMEOUT, StepStates, TURN_TIMED_OUT, TURN_TIMEOUT } from './step-states';
import { namedStep } from './steps';

/**
 * The state machine of a migration without a release: it takes the same turn, plans, makes the restore point, and then
 * applies what is pending of a version's changelog or takes changesets back; or it frees a dead migrator's locks. A failure goes to the recovery of releases.
 */
export class MigrationMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { environment } = props;
    const states = new StepStates(this, 'States', {
      functions: props.functions,
      pollInterval: Duration.seconds(environment.pollInterval),
      recovery: {
        name: 'RecoverRelease',
        folder: environment.strategy === 'rolling' ? 'recover-roll' : RELEASE_STEPS.RecoverRelease,
      },
    });
    const isRollback = sfn.Condition.stringEquals('$.request.action', 'rollback');
    const isUpdate = sfn.Condition.stringEquals('$.request.action', 'update');
    const isReleaseLocks = sfn.Condition.stringEquals('$.request.action', 'release-locks');
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

    this.stateMachine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: `Migrates the database of ${environment.name}, or takes changesets back, without a release`,
      definitionBody: sfn.DefinitionBody.fromChainable(
        inOrder([
          states.begin(),
          states.once({ name: 'OpenMigration', folder: MIGRATION_STEPS.OpenMigration, member: 'release' }),
          states.answered({ ...namedStep('AwaitTurn'), timeout: TURN_TIMEOUT, timedOut: TURN_TIMED_OUT }),
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
          new sfn.Succeed(this, 'Migrated', { stateName: 'Migrated' }),
        ]),
      ),
      timeout: longestRelease(environment),
      tracingEnabled: true,
      logs: props.logs,
    });
  }
}
