import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { OPTIONAL_STEPS } from '../../../lambda/domain/steps';
import type { EnvironmentConfig } from '../../config';
import { inOrder, MIGRATION_TIMEOUT, type StepStates } from './step-states';
import { namedStep } from './steps';

/** Steps 3 to 5 of the design: the image is judged, the database snapshotted, migrated and verified. */
export function checkAndMigrate(states: StepStates, environment: EnvironmentConfig): sfn.Chain {
  const snapshot = environment.snapshotBeforeMigration
    ? [
        states.once(namedStep('SnapshotDatabase')),
        states.until(sfn.Condition.stringEquals('$.snapshot.status', 'available'), namedStep('AwaitSnapshot')),
      ]
    : [];
  const migrate = inOrder([
    states.once(namedStep('RecordPlan')),
    ...snapshot,
    ...readOnly(states, environment, 'BeginReadOnly'),
    states.until(sfn.Condition.booleanEquals('$.migration.done', true), {
      ...namedStep('Migrate'),
      timeout: MIGRATION_TIMEOUT,
    }),
    states.once({ ...namedStep('VerifyMigration'), timeout: MIGRATION_TIMEOUT }),
    ...readOnly(states, environment, 'EndReadOnly'),
  ]);
  return inOrder([
    states.until(sfn.Condition.stringEquals('$.scan.status', 'passed'), namedStep('CheckImage')),
    states.once(namedStep('FindRunning')),
    states.once({ ...namedStep('PlanMigrations'), timeout: Duration.minutes(3) }),
    states.when('AnythingPending', sfn.Condition.numberGreaterThan('$.plan.pending', 0), migrate),
  ]);
}

/** Read-only mode around what is migrated, where the configuration wants it. Recovery ends it too. */
function readOnly(
  states: StepStates,
  { readOnlyDuringMigrations }: EnvironmentConfig,
  name: keyof typeof OPTIONAL_STEPS,
): sfn.IChainable[] {
  if (readOnlyDuringMigrations === 'never') return [];
  const step = states.once(namedStep(name));
  if (readOnlyDuringMigrations === 'always') return [step];
  return [states.when(`${name}Needed`, sfn.Condition.stringEquals('$.plan.verdict', 'contract'), step)];
}
