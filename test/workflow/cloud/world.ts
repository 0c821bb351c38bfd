import { createHash } from 'node:crypto';
import type { ReleasePolicy } from '../../../lambda/domain/policy';
import type { MigrationState } from '../../../lambda/domain/migration';
import type { MigrationPlan, MigrationProgress } from '../../../lambda/domain/release';
import { parseRoute, type Route } from '../../../lambda/domain/route';
import { MIGRATION_STEPS, RELEASE_STEPS } from '../../../lambda/domain/steps';
import { AwsError } from '../../../local/cloud/model';
import { VirtualClock } from './clock';
import { Door, type Interference } from './door';
import { FakeExecutions } from './executions';
import { migrationDefinition, releaseDefinition } from './definition';
import { Fleets } from './fleets';
import { LedgerTable } from './ledger';

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
  revertWindowMinutes: 60,
  snapshotBeforeMigration: true,
  snapshotChecks: 10,
  requireRollback: false,
};

const SETTINGS: Record<string, string> = {
  AWS_REGION: 'eu-central-1',
  LEDGER_TABLE: 'ledger',
  TOPIC_ARN: 'topic',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:111111111111:stateMachine:notes-production-release',
  ROUTE_STORE_ARN: 'store',
  EDGE_URL: 'https://edge.test',
  DISTRIBUTION_ID: 'distribution',
  PREVIEW_KEY_ARN: 'preview-key',
  CLUSTER_NAME: 'cluster',
  TEMPLATE_FAMILY: 'template',
  ARTIFACT_BUCKET: 'artifacts',
  DATABASE_INSTANCE_ID: 'database',
  RETIRE_SCHEDULE_GROUP: 'retirements',
  RETIRE_FUNCTION_ARN: 'retire',
  RETIRE_ROLE_ARN: 'retire-role',
  ...Object.fromEntries(
    ['blue', 'green'].flatMap((color) =>
      ['SERVICE', 'FAMILY', 'TARGET_GROUP_ARN', 'ALARMS', 'LOG_GROUP'].map((name) => [
        `${color.toUpperCase()}_${name}`,
        color,
      ]),
    ),
  ),
};

/** Synthesised while the file is loaded, so that no test waits for it. */
// Synthesised before the clock is replaced.
const RELEASES = releaseDefinition();
const MIGRATIONS = migrationDefinition();

interface Schedule {
  readonly name: string;
  readonly at: number;
  readonly input: object;
}

/** An environment in one process: handlers from source, the synthesised state machine, AWS stood in for, time mocked. */
export class World {
  readonly clock = new VirtualClock('2026-11-21T08:00:00.000Z');
  readonly ledger = new LedgerTable();
  readonly fleets = new Fleets();
  readonly executions: FakeExecutions;
  readonly door: Door;
  /** Every route that was written, in order, with the healthy targets of each color at that moment. */
  readonly routes: { route: Route; healthy: Record<string, number> }[] = [];
  readonly notifications: { id: string; subject: string }[] = [];
  readonly schedules: Schedule[] = [];
  /** Alarms that ring. */
  readonly ringing = new Set<string>();
  /** Whether EventBridge tells of an execution's end. */
  eventsArrive = true;
  /** What the edge answers its probe with. @default - the newest route's epoch */
  seenEpoch: () => number = () => this.route?.epoch ?? 0;
  liveTag = '';
  /** What PlanMigrations finds. */
  plan: MigrationPlan = { pending: 0, verdict: 'none', changesets: [], withoutRollback: 0 };
  readonly rolledBack: string[] = [];
  policy: ReleasePolicy = POLICY;
  private stored: { text: string | undefined; etag: number } = { text: undefined, etag: 1 };
  private readonly undo: (() => void)[] = [];

  constructor() {
    this.executions = new FakeExecutions({
      clock: this.clock,
      definitionOf: (name) => (name.startsWith('migrate-') ? MIGRATIONS : RELEASES),
      invoke: (state, payload) => this.invokeStep(state, payload),
      ended: (execution) => {
        if (!this.eventsArrive || execution.status === 'SUCCEEDED') return;
        const { name, arn: executionArn, status, input } = execution;
        const detail = { name, executionArn, status, input: JSON.stringify(input), startDate: this.clock.read() };
        void this.invoke('recover-release', { detail }).catch(() => undefined);
      },
    });
    const { operations: fleets } = this.fleets;
    this.door = new Door(
      { ...this.ledger.operations, ...fleets, ...this.executions.operations, ...this.others() },
      () => this.clock.sleep(20),
    );
    const { fetch } = globalThis;
    Object.assign(process.env, SETTINGS);
    globalThis.fetch = (url, options) => this.fetch(String(url), options);
    this.undo.push(this.door.install(), this.clock.install(), () => void (globalThis.fetch = fetch));
  }

  close(): void {
    for (const undo of this.undo) undo();
  }

  get route(): Route | undefined {
    return this.stored.text === undefined ? undefined : parseRoute(this.stored.text);
  }

  /** Invokes a handler as Lambda would; time has to pass for it to end. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each handler has its own result
  async invoke(folder: string, event: unknown): Promise<any> {
    process.env.POLICY = JSON.stringify(this.policy);
    const { handler } = (await import(`../../../lambda/${folder}/handler`)) as {
      handler(event: unknown): Promise<unknown>;
    };
    const result = await this.door.invoke(folder, () => handler(JSON.parse(JSON.stringify(event))));
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  }

  /** Invokes a handler and lets time pass until it has answered. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each handler has its own result
  async call(folder: string, event: unknown): Promise<any> {
    let done = false;
    const answer = this.invoke(folder, event).finally(() => (done = true));
    answer.catch(() => undefined);
    await this.clock.pass(() => done);
    return answer;
  }

  interfere(...interferences: Interference[]): void {
    this.door.interferences.push(...interferences);
  }

  /** Starts a release of a version. */
  release(version: string, name = version): void {
    this.executions.start(name, { version, actor: 'dana' });
  }

  /** Lets time pass until a release stands in a state, or has ended. */
  async until(name: string, state: string): Promise<void> {
    const execution = () => this.executions.all.find((each) => each.name === name);
    const there = () => execution()?.state === state || execution()?.status !== 'RUNNING';
    await this.clock.pass(there);
    if (execution()?.state !== state)
      throw new Error(`${name} did not come to ${state}: ${JSON.stringify(execution())}`);
  }

  /** Lets time pass until nothing happens any more, at most so long. */
  async rest(forMs = 10 * 60_000): Promise<void> {
    await this.clock.pass(() => false, forMs);
  }

  /** Releases a version to its end, approved by QA. */
  async releaseFully(version: string, name = version): Promise<void> {
    this.release(version, name);
    await this.until(name, 'AwaitApproval');
    await this.approve(name);
    await this.clock.pass(() => this.executions.all.find((each) => each.name === name)?.status !== 'RUNNING');
  }

  async approve(name: string): Promise<void> {
    await this.clock.pass(() => this.ledger.read(`release#${name}`, 'approval') !== undefined);
    await this.rest(1_000);
    await this.call('decide', { release: name, decision: 'approve', by: 'quinn' });
  }

  record(name: string) {
    return this.ledger.read(`release#${name}`, 'record') as
      { outcome?: string; reason?: string; notifiedAt?: string; stop?: { outcome: string } } | undefined;
  }

  turn() {
    return this.ledger.read('environment', 'turn') as {
      holder: { release: string } | null;
      waiting: { release: string }[];
    };
  }

  private invokeStep(state: string, payload: unknown): Promise<unknown> {
    if (state === 'PlanMigrations') return Promise.resolve(this.plan);
    if (state === 'Migrate') {
      const { pending, changesets } = this.plan;
      return Promise.resolve({ done: true, applied: pending, remaining: 0, changesets });
    }
    if (state === 'VerifyMigration') return Promise.resolve({ checks: 1 });
    if (state === 'PlanRollBack') return Promise.resolve(this.plan);
    if (state === 'RollBack') return this.rollBack(payload as MigrationState);
    return this.invoke({ ...RELEASE_STEPS, ...MIGRATION_STEPS }[state as keyof typeof RELEASE_STEPS], payload);
  }

  /** What the migrator would do, a changeset an invocation. */
  private async rollBack({ plan, migration }: MigrationState): Promise<MigrationProgress> {
    const { pending, changesets } = plan as MigrationPlan;
    const applied = (migration?.applied ?? 0) + 1;
    this.rolledBack.push(changesets[applied - 1] as string);
    return {
      done: applied === pending,
      applied,
      remaining: pending - applied,
      changesets: changesets.slice(0, applied),
    };
  }

  private async fetch(url: string, options?: RequestInit): Promise<Response> {
    await this.clock.sleep(20);
    if (url.endsWith('/.greenroom/route')) {
      return new Response('', { headers: { 'x-greenroom-epoch': String(this.seenEpoch()) } });
    }
    const preview = (options?.headers as Record<string, string> | undefined)?.['x-greenroom-preview'] !== undefined;
    const { live } = this.route as Route;
    const color = preview ? (live === 'blue' ? 'green' : 'blue') : live;
    return new Response('ok', {
      status: this.fleets.healthy(color) > 0 ? 200 : 503,
      headers: { 'x-app-color': color },
    });
  }

  /* eslint-disable @typescript-eslint/no-explicit-any -- each operation has its own input */
  private others(): Record<string, (input: any) => Promise<object>> {
    return {
      DescribeKeyValueStore: async () => ({ ETag: String(this.stored.etag) }),
      GetKey: async () => {
        if (this.stored.text === undefined) throw new AwsError('ResourceNotFoundException', 'Key not found');
        return { Value: this.stored.text };
      },
      PutKey: async ({ Value, IfMatch }: any) => {
        if (IfMatch !== String(this.stored.etag)) throw new AwsError('ConflictException', 'stale ETag');
        this.stored = { text: Value, etag: this.stored.etag + 1 };
        const healthy = { blue: this.fleets.healthy('blue'), green: this.fleets.healthy('green') };
        this.routes.push({ route: parseRoute(Value), healthy });
        return { ETag: String(this.stored.etag) };
      },
      DescribeAlarms: async ({ AlarmNames }: any) => ({
        MetricAlarms: AlarmNames.map((AlarmName: string) => ({
          AlarmName,
          StateValue: this.ringing.has(AlarmName) ? 'ALARM' : 'OK',
        })),
      }),
      GetDistribution: async () => ({ Distribution: { Status: 'Deployed' } }),
      GetSecretValue: async () => ({ SecretString: 'key' }),
      FilterLogEvents: async () => ({ events: [] }),
      Publish: async ({ Message }: any) => {
        this.notifications.push(JSON.parse(Message));
        return {};
      },
      DescribeImages: async ({ imageIds }: any) => ({
        imageDetails: [{ imageDigest: digestOf(imageIds[0].imageTag) }],
      }),
      DescribeImageScanFindings: async () => ({
        imageScanStatus: { status: 'COMPLETE' },
        imageScanFindings: { findings: [], findingSeverityCounts: {} },
      }),
      BatchGetImage: async () => ({ images: [{ imageManifest: '{}' }] }),
      PutImage: async ({ imageDigest }: any) => {
        this.liveTag = imageDigest;
        return {};
      },
      GetObject: async ({ Key }: any) => {
        const version = /versions\/(.*)\.json/.exec(Key)?.[1] as string;
        const text = JSON.stringify({
          version,
          digest: digestOf(version),
          changelog: { key: 'changelogs/1', sha256: '1' },
        });
        return { Body: { transformToString: async () => text } };
      },
      CreateDBSnapshot: async () => ({}),
      DescribeDBSnapshots: async () => ({ DBSnapshots: [{ Status: 'available' }] }),
      CreateSchedule: async ({ Name, ScheduleExpression, Target }: any) => {
        if (this.schedules.some(({ name }) => name === Name)) throw new AwsError('ConflictException', 'exists');
        const at = Date.parse(`${/at\((.*)\)/.exec(ScheduleExpression)?.[1]}Z`);
        this.schedules.push({ name: Name, at, input: JSON.parse(Target.Input) });
        return {};
      },
    };
  }
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

export function digestOf(version: string): string {
  return `sha256:${createHash('sha256').update(version).digest('hex')}`;
}
