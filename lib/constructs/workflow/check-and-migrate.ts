import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { MIGRATION_TASK_STEP, type OPTIONAL_STEPS } from '../../../lambda/domain/steps';
import { type EnvironmentConfig, migrationTaskInterval } from '../../config';
import { inOrder, MIGRATION_TIMEOUT, type StepName, type StepStates } from './step-states';
import { WIPE_DATABASE } from './functions';
import { namedStep } from './steps';

/** Steps 3 to 5 of the design: the image is judged, the database snapshotted, migrated and verified. */
export function checkAndMigrate(states: StepStates, environment: EnvironmentConfig): sfn.Chain {
  const migrate = inOrder([
    states.once(namedStep('RecordPlan')),
    ...restorePoint(states, environment),
    ...applyPending(states, environment),
  ]);
  return inOrder([
    states.until(sfn.Condition.stringEquals('$.scan.status', 'passed'), namedStep('CheckImage')),
    ...(environment.wipeDatabase ? [states.once(WIPE)] : []),
    ...findPending(states),
    states.when('AnythingPending', sfn.Condition.numberGreaterThan('$.plan.pending', 0), migrate),
  ]);
}

/** Where the configuration has the database built anew with each release. */
const WIPE = { name: 'WipeDatabase', folder: WIPE_DATABASE, member: 'wiped', timeout: Duration.minutes(3) };

/** What is pending, judged beside the versions that run. */
export function findPending(states: StepStates): sfn.IChainable[] {
  return [
    states.once(namedStep('FindRunning')),
    states.once({ ...namedStep('PlanMigrations'), timeout: Duration.minutes(3) }),
  ];
}

/**
 * The snapshot before migrations: of every one where the configuration wants it, elsewhere of those that may take something
 * away (see `needsSnapshot`). A database that each release empties anyway has nothing to keep.
 */
export function restorePoint(states: StepStates, environment: EnvironmentConfig): sfn.IChainable[] {
  if (environment.wipeDatabase) return [];
  const snapshot = [
    states.once(namedStep('SnapshotDatabase')),
    states.until(sfn.Condition.stringEquals('$.snapshot.status', 'available'), namedStep('AwaitSnapshot')),
  ];
  if (environment.snapshotBeforeMigration) return snapshot;
  const onlyExpands = sfn.Condition.stringEquals('$.plan.verdict', 'expand');
  return [states.when('SnapshotNeeded', sfn.Condition.not(onlyExpands), inOrder(snapshot))];
}

/** Applies what is pending and asks the changelog's own assertions. */
export function applyPending(states: StepStates, environment: EnvironmentConfig): sfn.IChainable[] {
  return [
    ...readOnly(states, environment, 'BeginReadOnly'),
    ...(environment.migrations.runOn === 'fargate'
      ? [states.until(sfn.Condition.booleanEquals('$.task.stopped', true), taskStep(environment))]
      : []),
    states.until(sfn.Condition.booleanEquals('$.migration.done', true), {
      ...namedStep('Migrate'),
      timeout: MIGRATION_TIMEOUT,
    }),
    states.once({ ...namedStep('VerifyMigration'), timeout: MIGRATION_TIMEOUT }),
    ...readOnly(states, environment, 'EndReadOnly'),
  ];
}

function taskStep(environment: EnvironmentConfig): StepName {
  return { ...MIGRATION_TASK_STEP, pollInterval: Duration.seconds(migrationTaskInterval(environment)) };
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
