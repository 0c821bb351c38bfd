import type { ReleasePolicy } from '../../../lambda/domain/policy';
import { machinesOf, type Machines } from './definition';
import { CLOSED_GROUP } from './instances';

/** An environment as the simulation plays it: its state machines, its policy, the variables of its handlers. */
export interface Stage {
  readonly machines: Machines;
  readonly policy: ReleasePolicy;
  readonly settings: Readonly<Record<string, string>>;
  /** Folder of the recovery that the event rule and the sweep call. */
  readonly recovery: string;
}

export const POLICY: ReleasePolicy = {
  application: 'notes',
  environment: 'production',
  repository: 'notes/production',
  containerName: 'app',
  concurrency: 'queue',
  scan: { failOn: 'HIGH', waivers: [], checks: 3 },
  freeze: [],
  size: { min: 2, max: 6, targetCpuPercent: 60 },
  healthyChecks: 5,
  smoke: [{ path: '/readyz' }],
  approval: { required: true, allowRequester: false },
  traffic: [
    { percent: 25, checks: 2 },
    { percent: 100, checks: 0 },
  ],
  bakeChecks: 3,
  alarms: [],
  revertWindowMinutes: 60,
  snapshotBeforeMigration: true,
  snapshotChecks: 10,
  requireRollback: false,
};

const fleet = (color: string) =>
  Object.fromEntries(
    ['SERVICE', 'FAMILY', 'TARGET_GROUP_ARN', 'ALARMS', 'LOG_GROUP'].map((name) => [
      `${color.toUpperCase()}_${name}`,
      color,
    ]),
  );

const ONE_FLEET: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-central-1',
  LEDGER_TABLE: 'ledger',
  TOPIC_ARN: 'topic',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:111111111111:stateMachine:notes-production-release',
  EDGE_URL: 'https://edge.test',
  DISTRIBUTION_ID: 'distribution',
  CLUSTER_NAME: 'cluster',
  TEMPLATE_FAMILY: 'template',
  ARTIFACT_BUCKET: 'artifacts',
  DATABASE_INSTANCE_ID: 'database',
  ...fleet('blue'),
};

/** Everything that any stage sets. */
const TWO_FLEETS: Readonly<Record<string, string>> = {
  ...ONE_FLEET,
  ROUTE_STORE_ARN: 'store',
  PREVIEW_KEY_ARN: 'preview-key',
  BLUE_LOAD_BALANCER: 'app/blue/1',
  GREEN_LOAD_BALANCER: 'app/green/1',
  FUNCTION_PREFIX: 'notes-production',
  CONSOLE_CLAIMS: JSON.stringify({ name: 'email', roles: 'roles' }),
  RETIRE_SCHEDULE_GROUP: 'retirements',
  RETIRE_FUNCTION_ARN: 'retire',
  RETIRE_ROLE_ARN: 'retire-role',
  ADMIN_SECRET_ARN: 'administrator',
  CLOSED_SECURITY_GROUP_ID: CLOSED_GROUP,
  BACKUPS: JSON.stringify({ vaults: [], releaseSnapshots: { days: 90, atLeast: 5 } }),
  ...fleet('green'),
};

/** Variables of handlers, whichever stage sets them. */
export const SETTING_NAMES: readonly string[] = [...Object.keys(TWO_FLEETS), 'MIGRATION_TASK'];

// Synthesised while the file is loaded: before a clock is replaced, and so that no test waits for it.
export const PRODUCTION: Stage = {
  machines: machinesOf('production'),
  policy: POLICY,
  settings: TWO_FLEETS,
  recovery: 'recover-release',
};

/** As production, read-only while it migrates. */
export const READ_ONLY: Stage = {
  ...PRODUCTION,
  machines: machinesOf('production', { readOnlyDuringMigrations: 'always' }),
};

/** One fleet, no route, nobody asked. */
export const ROLLING: Stage = {
  machines: machinesOf('dev'),
  policy: {
    ...POLICY,
    environment: 'dev',
    approval: { ...POLICY.approval, required: false },
    snapshotBeforeMigration: false,
  },
  settings: ONE_FLEET,
  recovery: 'recover-roll',
};
