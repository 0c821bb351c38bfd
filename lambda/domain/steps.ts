/**
 * Names shared by the state machine's definition, its handlers and their folders. A step's state name is its key in
 * PascalCase; its handler lies in `lambda/<folder>/handler.ts`.
 */
export const RELEASE_STEPS = {
  OpenRelease: 'open-release',
  AwaitTurn: 'await-turn',
  CheckImage: 'check-image',
  PlanMigrations: 'plan-migrations',
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

export type ReleaseStep = keyof typeof RELEASE_STEPS;

/** Lambdas outside the state machine: operators, QA and schedules invoke them. */
export const OPERATIONS = {
  /** Sends traffic back; also what `greenroom revert` calls. */
  Revert: 'revert',
  /** Approves or rejects a release that waits. */
  Decide: 'decide',
  /** Freezes, unfreezes, resumes, cancels. */
  Operate: 'operate',
  /** Invoked by the one-off schedule that CompleteRelease makes. */
  RetireIdle: 'retire-idle',
} as const;

export type OperationName = keyof typeof OPERATIONS;
