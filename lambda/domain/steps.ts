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

export type ReleaseStep = keyof typeof RELEASE_STEPS;
