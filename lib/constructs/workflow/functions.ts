import { Duration } from 'aws-cdk-lib';
import { MIGRATION_TIMEOUT } from './step-states';

/** What an environment may have or not, and some functions are for. */
export type Feature = 'read-only mode' | 'console' | 'migration task' | 'wiped database' | 'restore tests';

/** How a handler runs. */
export interface FunctionOptions {
  /** Construct id. */
  readonly id: string;
  readonly description: string;
  /** There is no such function where the environment has not this. @default - every environment has it */
  readonly onlyWith?: Feature;
  /** @default 1 minute */
  readonly timeout?: Duration;
  /** MiB. @default 256 */
  readonly memorySize?: number;
  /** In the network, beside the database; it reaches nothing but the database, S3 and Secrets Manager. */
  readonly inNetwork?: boolean;
  /** Knows what the backups have to come to. */
  readonly watchesBackups?: boolean;
  /** Reads the people of the configuration. */
  readonly readsPeople?: boolean;
  /** Stops the task of a migration, where there is one. */
  readonly stopsTasks?: boolean;
}

const step = (id: string): FunctionOptions => ({ id, description: `Step ${id} of a release` });
const restore = (id: string): FunctionOptions => ({ id, description: `Step ${id} of a restore` });
const database = (id: string, timeout: Duration): FunctionOptions => ({
  ...step(id),
  timeout,
  memorySize: 512,
  inNetwork: true,
});

/** Functions that the console calls in the name of people. */
export const PEOPLES_ACTS = ['revert', 'decide', 'operate'];

/** What only an environment has whose database is built anew with each release. */
export const WIPE_DATABASE = 'wipe-database';

/** The steps before a version is deployed; both strategies have them. */
const BEFORE: Record<string, FunctionOptions> = {
  'open-release': { ...step('OpenRelease'), readsPeople: true },
  'await-turn': step('AwaitTurn'),
  'check-image': step('CheckImage'),
  'find-running': step('FindRunning'),
  'record-plan': step('RecordPlan'),
  'plan-migrations': database('PlanMigrations', Duration.minutes(2)),
  'snapshot-database': step('SnapshotDatabase'),
  'await-snapshot': step('AwaitSnapshot'),
  migrate: database('Migrate', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
  'run-migration-task': { ...step('RunMigrationTask'), onlyWith: 'migration task' },
  'roll-back': {
    ...database('RollBack', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
    description: 'Takes changesets back',
  },
  'release-locks': {
    ...database('ReleaseLocks', Duration.minutes(1)),
    description: 'Frees the locks that a dead migrator left',
  },
  'open-migration': { id: 'OpenMigration', description: 'Step OpenMigration of a migration' },
  'complete-migration': { id: 'CompleteMigration', description: 'Step CompleteMigration of a migration' },
  'verify-migration': database('VerifyMigration', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
  'validate-database': {
    ...database('ValidateDatabase', Duration.minutes(14)),
    description: 'Validates a database, for example one that was restored',
  },
  'watch-backups': {
    id: 'WatchBackups',
    description: 'Tells people of backups that failed or are overdue',
    watchesBackups: true,
  },
  'clean-snapshots': {
    id: 'CleanSnapshots',
    description: 'Deletes snapshots of releases and restores that nobody needs any more',
    watchesBackups: true,
  },
  'check-restore-test': {
    id: 'CheckRestoreTest',
    description: 'Validates what a restore test has restored',
    onlyWith: 'restore tests',
    // It waits for the validation.
    timeout: Duration.minutes(15),
    watchesBackups: true,
  },
  'await-healthy': step('AwaitHealthy'),
  // It waits for the planner, which may take two minutes, or for VerifyMigration, which may take longer.
  'verify-release': {
    id: 'VerifyRelease',
    description: 'Says whether a release would find what it needs, and what it would do',
    timeout: Duration.minutes(10),
    memorySize: 512,
  },
  'emit-events': { id: 'EmitEvents', description: 'Tells EventBridge what the ledger records' },
  'check-drift': { id: 'CheckDrift', description: 'Compares what runs with what route and ledger say' },
  operate: { id: 'Operate', description: 'Freeze, unfreeze, resume, maintenance, cancel' },
  'console-api': {
    id: 'ConsoleApi',
    description: 'API behind the console',
    onlyWith: 'console',
    timeout: Duration.seconds(29),
  },
  inspect: { id: 'Inspect', description: 'What everybody may read: status, history, events, places' },
};

/** Functions of an environment by folder under `lambda`, for each strategy. */
export const FUNCTIONS: Record<'blue-green' | 'rolling', Record<string, FunctionOptions>> = {
  'blue-green': {
    ...BEFORE,
    'begin-read-only': { ...step('BeginReadOnly'), onlyWith: 'read-only mode' },
    'end-read-only': { ...step('EndReadOnly'), onlyWith: 'read-only mode' },
    'deploy-idle': step('DeployIdle'),
    'smoke-test': step('SmokeTest'),
    'await-approval': step('AwaitApproval'),
    'prepare-cutover': step('PrepareCutover'),
    'shift-traffic': step('ShiftTraffic'),
    bake: step('Bake'),
    'complete-release': step('CompleteRelease'),
    'recover-release': { ...step('RecoverRelease'), stopsTasks: true },
    'open-restore': restore('OpenRestore'),
    'plan-restore': restore('PlanRestore'),
    'restore-instance': restore('RestoreInstance'),
    'begin-maintenance': restore('BeginMaintenance'),
    'switch-database': restore('SwitchDatabase'),
    'roll-tasks': restore('RollTasks'),
    'complete-restore': restore('CompleteRestore'),
    'recover-restore': restore('RecoverRestore'),
    revert: { id: 'Revert', description: 'Sends traffic back, at once' },
    decide: { id: 'Decide', description: 'Approves or rejects a release that waits', readsPeople: true },
    'retire-idle': { id: 'RetireIdle', description: 'Scales the standby in after the revert window' },
  },
  rolling: {
    ...BEFORE,
    [WIPE_DATABASE]: { ...database('WipeDatabase', Duration.minutes(2)), onlyWith: 'wiped database' },
    'roll-live': step('RollLive'),
    'smoke-live': step('SmokeLive'),
    'complete-roll': step('CompleteRoll'),
    'recover-roll': { ...step('RecoverRoll'), stopsTasks: true },
  },
};
