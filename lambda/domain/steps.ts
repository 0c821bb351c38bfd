/**
 * Names shared by the state machine's definition, its handlers and their folders. A step's state name is its key in
 * PascalCase; its handler lies in `lambda/<folder>/handler.ts`.
 */
export const RELEASE_STEPS = {
  OpenRelease: 'open-release',
  AwaitTurn: 'await-turn',
  CheckImage: 'check-image',
  FindRunning: 'find-running',
  PlanMigrations: 'plan-migrations',
  RecordPlan: 'record-plan',
  SnapshotDatabase: 'snapshot-database',
  AwaitSnapshot: 'await-snapshot',
  Migrate: 'migrate',
  VerifyMigration: 'verify-migration',
  DeployIdle: 'deploy-idle',
  AwaitHealthy: 'await-healthy',
  SmokeTest: 'smoke-test',
  AwaitApproval: 'await-approval',
  PrepareCutover: 'prepare-cutover',
  ShiftTraffic: 'shift-traffic',
  Bake: 'bake',
  CompleteRelease: 'complete-release',
  RecoverRelease: 'recover-release',
} as const;

/** Steps that only some configurations have. */
export const OPTIONAL_STEPS = {
  BeginReadOnly: 'begin-read-only',
  EndReadOnly: 'end-read-only',
} as const;

/** Before Migrate, where migrations run as a Fargate task. */
export const MIGRATION_TASK_STEP = { name: 'RunMigrationTask', folder: 'run-migration-task', member: 'task' } as const;

/** Steps of the migration state machine that releases do not have. */
export const MIGRATION_STEPS = {
  OpenMigration: 'open-migration',
  RollBack: 'roll-back',
  ReleaseLocks: 'release-locks',
  CompleteMigration: 'complete-migration',
} as const;

/** Steps of the restore state machine that releases do not have. */
export const RESTORE_STEPS = {
  OpenRestore: 'open-restore',
  PlanRestore: 'plan-restore',
  RestoreInstance: 'restore-instance',
  BeginMaintenance: 'begin-maintenance',
  SwitchDatabase: 'switch-database',
  RollTasks: 'roll-tasks',
  CompleteRestore: 'complete-restore',
  RecoverRestore: 'recover-restore',
} as const;

export type ReleaseStep = keyof typeof RELEASE_STEPS;

/** Alias of the functions that people call by URL: what comes through it was authenticated by AWS. */
export const URL_ALIAS = 'url';

/** Alias that the console's API calls them by: the person in such a call has signed in, and nobody else may use it. */
export const CONSOLE_ALIAS = 'console';
