import { Duration } from 'aws-cdk-lib';
import { MIGRATION_TIMEOUT } from './step-states';

/** How a handler runs. */
export interface FunctionOptions {
  /** Construct id. */
  readonly id: string;
  readonly description: string;
  /** @default 1 minute */
  readonly timeout?: Duration;
  /** MiB. @default 256 */
  readonly memorySize?: number;
  /** In the network, beside the database; it reaches nothing but the database, S3 and Secrets Manager. */
  readonly inNetwork?: boolean;
}

const step = (id: string): FunctionOptions => ({ id, description: `Step ${id} of a release` });
const database = (id: string, timeout: Duration): FunctionOptions => ({
  ...step(id),
  timeout,
  memorySize: 512,
  inNetwork: true,
});

/** The steps before a version is deployed; both strategies have them. */
const BEFORE: Record<string, FunctionOptions> = {
  'open-release': step('OpenRelease'),
  'await-turn': step('AwaitTurn'),
  'check-image': step('CheckImage'),
  'find-running': step('FindRunning'),
  'record-plan': step('RecordPlan'),
  'plan-migrations': database('PlanMigrations', Duration.minutes(2)),
  'snapshot-database': step('SnapshotDatabase'),
  'await-snapshot': step('AwaitSnapshot'),
  migrate: database('Migrate', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
  'roll-back': {
    ...database('RollBack', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
    description: 'Takes changesets back',
  },
  'open-migration': { id: 'OpenMigration', description: 'Step OpenMigration of a migration' },
  'complete-migration': { id: 'CompleteMigration', description: 'Step CompleteMigration of a migration' },
  'verify-migration': database('VerifyMigration', MIGRATION_TIMEOUT.minus(Duration.seconds(30))),
  'await-healthy': step('AwaitHealthy'),
  operate: { id: 'Operate', description: 'Freeze, unfreeze, resume, cancel' },
  inspect: { id: 'Inspect', description: 'What everybody may read: status, history, events, places' },
};

/** Functions of an environment by folder under `lambda`, for each strategy. */
export const FUNCTIONS: Record<'blue-green' | 'rolling', Record<string, FunctionOptions>> = {
  'blue-green': {
    ...BEFORE,
    'begin-read-only': step('BeginReadOnly'),
    'end-read-only': step('EndReadOnly'),
    'deploy-idle': step('DeployIdle'),
    'smoke-test': step('SmokeTest'),
    'await-approval': step('AwaitApproval'),
    'prepare-cutover': step('PrepareCutover'),
    'shift-traffic': step('ShiftTraffic'),
    bake: step('Bake'),
    'complete-release': step('CompleteRelease'),
    'recover-release': step('RecoverRelease'),
    revert: { id: 'Revert', description: 'Sends traffic back, at once' },
    decide: { id: 'Decide', description: 'Approves or rejects a release that waits' },
    'retire-idle': { id: 'RetireIdle', description: 'Scales the standby in after the revert window' },
  },
  rolling: {
    ...BEFORE,
    'roll-live': step('RollLive'),
    'smoke-live': step('SmokeLive'),
    'complete-roll': step('CompleteRoll'),
    'recover-roll': step('RecoverRoll'),
  },
};
