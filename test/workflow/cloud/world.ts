import { createHash } from 'node:crypto';
import type { ReleasePolicy } from '../../../lambda/domain/policy';
import type { FreedLocks, MigrationState } from '../../../lambda/domain/migration';
import type { MigrationPlan, MigrationProgress } from '../../../lambda/domain/release';
import { parseRoute, type Route } from '../../../lambda/domain/route';
import { ReleaseError } from '../../../lambda/domain/errors';
import { mendUsers, type MendUsersEvent } from '../../../lambda/rotate-secret/mend';
import { AwsError } from '../../../local/cloud/model';
import { VirtualClock } from './clock';
import { Door, type Interference } from './door';
import { type Definition, type FakeExecution, FakeExecutions } from './executions';
import { handlerOf } from './definition';
import { Fleets } from './fleets';
import { FakeInstances } from './instances';
import { FakeSecrets, FakeUsers } from './secrets';
import { FakeSnapshots } from './snapshots';
import { LedgerTable } from './ledger';
import { MigrationTasks } from './migration-tasks';
import { PRODUCTION, SETTING_NAMES, type Stage } from './stage';

export { POLICY } from './stage';

interface Schedule {
  readonly name: string;
  readonly at: number;
  readonly input: object;
}

/** An environment in which nothing is under way, to begin others with. */
export interface Saved {
  readonly now: number;
  readonly items: readonly Record<string, unknown>[];
  readonly fleets: Pick<Fleets, 'revisions' | 'services' | 'targets'>;
  readonly executions: readonly FakeExecution[];
  readonly stored: World['stored'];
  readonly schedules: World['schedules'];
  readonly liveTag: string;
}

const MIGRATION_TASK_ARN = 'arn:aws:ecs:eu-central-1:111111111111:task/notes-production/migration-1';

/** What an account has beside the environment: told to those who only look. */
// oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
const ACCOUNT: Record<string, (input: any) => Promise<object>> = {
  GetRole: async () => ({}),
  DescribeSecret: async () => ({}),
  DescribeLogGroups: async ({ logGroupNamePrefix }) => ({ logGroups: [{ logGroupName: logGroupNamePrefix }] }),
  DescribeSubnets: async ({ SubnetIds }) => ({
    Subnets: SubnetIds.map((SubnetId: string) => ({ SubnetId, AvailableIpAddressCount: 200 })),
  }),
  GetServiceQuota: async () => ({ Quota: { Value: 100 } }),
  GetMetricData: async () => ({ MetricDataResults: [{ Values: [8] }] }),
  DescribeAccountAttributes: async () => ({
    AccountQuotas: [{ AccountQuotaName: 'ManualSnapshots', Max: 100, Used: 3 }],
  }),
};

/** An environment in one process: handlers from source, the synthesised state machine, AWS stood in for, time mocked. */
export class World {
  readonly clock: VirtualClock = new VirtualClock('2026-11-21T08:00:00.000Z');
  readonly ledger = new LedgerTable();
  readonly fleets = new Fleets();
  /** Databases; the application's is called as the settings say. */
  readonly instances = new FakeInstances(() => this.clock.read());
  readonly databaseSnapshots = new FakeSnapshots(
    () => this.clock.read(),
    () => ({ at: this.snapshotsAt, engine: this.snapshotsEngine }),
  );
  readonly secrets: FakeSecrets;
  readonly users: FakeUsers;
  readonly executions: FakeExecutions;
  /** Where migrations run as tasks. */
  readonly migrationTasks = new MigrationTasks(() => this.clock.read(), MIGRATION_TASK_ARN);
  readonly door: Door;
  /** Every route that was written, in order, with the healthy targets of each color at that moment. */
  readonly routes: { route: Route; healthy: Record<string, number> }[] = [];
  readonly notifications: { id: string; subject: string }[] = [];
  /** What handlers put into the artifact bucket, by key. */
  readonly objects = new Map<string, string>();
  /** What EventBridge was told. */
  readonly busEvents: { source: string; detailType: string; detail: Record<string, unknown> }[] = [];
  readonly schedules: Schedule[] = [];
  /** Alarms that ring. */
  readonly ringing = new Set<string>();
  /** Since when they do, in milliseconds, where that matters. */
  readonly rings = new Map<string, number>();
  /** Whether EventBridge tells of an execution's end. */
  eventsArrive = true;
  /** What the edge answers its probe with. @default - the newest route's epoch */
  seenEpoch: () => number = () => this.route?.epoch ?? 0;
  /** Status that a color with somebody in it answers with. */
  statusOf: (color: string) => number = () => 200;
  liveTag = '';
  /** What PlanMigrations finds. */
  plan: MigrationPlan = { pending: 0, verdict: 'none', changesets: [], withoutRollback: 0 };
  /** Why it would refuse them, when it is asked to explain. */
  refused: string[] = [];
  /** Answers of AWS by operation; tests may replace them. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
  readonly aws: Record<string, (input: any) => Promise<object>>;
  readonly rolledBack: string[] = [];
  /** Who holds the database's lock. */
  lock: { readonly holder: string; readonly since: string } | null = null;
  /** When snapshots were made. */
  snapshotsAt = new Date('2026-11-21T08:00:00.000Z');
  /** What they were made by. */
  snapshotsEngine = '17.2';
  /** Resource ids of databases that were found sound. */
  readonly validated = new Set<string>();
  policy: ReleasePolicy;
  protected stored: { readonly text: string | undefined; readonly etag: number } = { text: undefined, etag: 1 };
  private readonly undo: (() => void)[] = [];

  /** @param from @default - an environment on which nothing was released */
  constructor(
    readonly stage: Stage = PRODUCTION,
    from?: Saved,
  ) {
    this.policy = stage.policy;
    this.secrets = new FakeSecrets(`${stage.settings.DATABASE_INSTANCE_ID}.rds.test`);
    this.users = new FakeUsers(this.instances, this.secrets);
    this.executions = new FakeExecutions({
      clock: this.clock,
      definitionOf: (name) => this.definitionOf(name),
      invoke: (execution, state, payload) => this.invokeStep(execution, state, payload),
      ended: (execution) => {
        if (!this.eventsArrive || execution.status === 'SUCCEEDED') return;
        void this.deliver(isRestore(execution.name) ? 'recover-restore' : stage.recovery, this.endOf(execution));
      },
    });
    const { operations: fleets } = this.fleets;
    this.aws = {
      ...this.ledger.operations,
      ...fleets,
      ...this.executions.operations,
      ...this.others(),
      ...this.databases(),
      ...ACCOUNT,
    };
    Object.assign(this.aws, this.migrationTasks.operations({ ...this.aws }));
    this.door = new Door(this.aws, () => this.clock.sleep(20));
    const { fetch } = globalThis;
    for (const name of SETTING_NAMES) delete process.env[name];
    Object.assign(process.env, stage.settings);
    this.instances.open(stage.settings.DATABASE_INSTANCE_ID as string, this.secrets.passwords());
    globalThis.fetch = (url, options) => this.fetch(String(url), options);
    this.undo.push(this.door.install(), this.clock.install(), () => void (globalThis.fetch = fetch));
    if (from !== undefined) this.begin(from);
  }

  private begin({ now, items, fleets, executions, stored, schedules, liveTag }: Saved): void {
    this.clock.set(now);
    this.ledger.load(items);
    this.fleets.load(fleets);
    this.executions.all.push(...structuredClone(executions));
    this.stored = stored;
    this.schedules.push(...schedules);
    this.liveTag = liveTag;
  }

  close(): void {
    for (const undo of this.undo) undo();
  }

  get route(): Route | undefined {
    return this.stored.text === undefined ? undefined : parseRoute(this.stored.text);
  }

  /** Somebody writes another key of the store that the route is in: its ETag is the whole store's. */
  writeBesideRoute(): void {
    this.stored = { ...this.stored, etag: this.stored.etag + 1 };
  }

  /** Invokes a handler as Lambda would; time has to pass for it to end. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each handler has its own result
  async invoke(folder: string, event: unknown, context?: { readonly invokedFunctionArn: string }): Promise<any> {
    process.env.POLICY = JSON.stringify(this.policy);
    const handler = handlers.get(folder) ?? (await loadHandler(folder));
    const result = await this.runAs(folder, () => handler(JSON.parse(JSON.stringify(event)), context));
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  }

  /** What Lambda answers to the console's API. */
  private async inNameOfPeople(folder: string, invokedFunctionArn: string, event: unknown): Promise<object> {
    try {
      return { Payload: Buffer.from(JSON.stringify(await this.invoke(folder, event, { invokedFunctionArn }))) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
    }
  }

  /** What EventBridge tells of an execution's end. */
  endOf({ name, arn: executionArn, status, input }: FakeExecution): object {
    return { detail: { name, executionArn, status, input: JSON.stringify(input), startDate: this.clock.read() } };
  }

  /** Runs code as the function of a folder. */
  protected runAs<T>(folder: string, run: () => Promise<T>, timeout?: Promise<unknown>): Promise<T> {
    return this.door.invoke(folder, run, timeout);
  }

  /** Invokes a handler as EventBridge does: nobody waits, and a failed invocation is tried twice again. */
  async deliver(folder: string, event: unknown): Promise<void> {
    for (const minutes of [1, 2, 0]) {
      try {
        return await this.invoke(folder, event);
      } catch {
        await this.clock.sleep(minutes * 60_000);
      }
    }
  }

  /** Invokes a handler and lets time pass until it has answered. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each handler has its own result
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

  /** Lets so much time pass. */
  async rest(forMs = 10 * 60_000): Promise<void> {
    let over = false;
    this.clock.wakeAt(forMs, () => (over = true));
    await this.clock.pass(() => over);
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
      | { outcome?: string; reason?: string; notifiedAt?: string; stop?: { outcome: string } }
      | undefined;
  }

  turn() {
    return this.ledger.read('environment', 'turn') as {
      holder: { release: string } | null;
      waiting: { release: string }[];
    };
  }

  protected definitionOf(execution: string): Definition {
    const { release, migration, restore } = this.stage.machines;
    return execution.startsWith('migrate-') ? migration : isRestore(execution) ? restore : release;
  }

  protected invokeStep(execution: string, state: string, payload: unknown): Promise<unknown> {
    if (state === 'PlanMigrations') return Promise.resolve(this.plan);
    if (state === 'Migrate') {
      const { pending, changesets } = this.plan;
      return Promise.resolve({ done: true, applied: pending, remaining: 0, changesets });
    }
    if (state === 'VerifyMigration') return Promise.resolve({ checks: 1 });
    if (state === 'PlanRollBack') return Promise.resolve(this.plan);
    if (state === 'RollBack') return this.rollBack(payload as MigrationState);
    if (state === 'ReleaseLocks') return this.freeLocks(payload as MigrationState);
    const folder = handlerOf(this.definitionOf(execution), state);
    // They sit beside the database, which is a fake: one call stands for what they do there.
    if (folder === 'rotate-secret') return this.runAs(folder, () => this.door.call('MendUsers', payload));
    if (folder === 'validate-database') return this.runAs(folder, () => this.door.call('ValidateDatabase', payload));
    return this.invoke(folder, payload);
  }

  private mendUsers(event: MendUsersEvent): Promise<object> {
    return mendUsers(event, ['application', 'migrator', 'verifier'], this.secrets, this.users);
  }

  /** As Lambda answers who invokes a function. */
  private answered(result: Promise<object>): Promise<object> {
    const payload = (value: object) => Buffer.from(JSON.stringify(value));
    return result.then(
      (value) => ({ Payload: payload(value) }),
      (error: Error) => ({ FunctionError: 'Unhandled', Payload: payload({ errorMessage: error.message }) }),
    );
  }

  /** What the functions beside the database answer to whoever looks. */
  private askedDatabase(name: string): object {
    if (name.endsWith('-verify-migration')) return { checks: 1 };
    const database = { applied: 3, drift: [], unknown: [], lock: this.lock };
    return { ...this.plan, database, explained: [], refused: this.refused };
  }

  /** As the database does: somebody else's lock only by force. */
  private async freeLocks({ request }: MigrationState): Promise<FreedLocks> {
    const { lock } = this;
    if (lock !== null && !lock.holder.startsWith('greenroom ') && request.force !== true) {
      throw new ReleaseError('MigrationFailed', `the lock is held by ${lock.holder}; nothing was done`);
    }
    this.lock = null;
    return lock === null ? {} : { row: lock };
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
    const live = this.route?.live ?? 'blue';
    const color = preview ? (live === 'blue' ? 'green' : 'blue') : live;
    return new Response('ok', {
      status: this.fleets.healthy(color) > 0 ? this.statusOf(color) : 503,
      headers: { 'x-app-color': color },
    });
  }

  /* oxlint-disable typescript/no-explicit-any -- each operation has its own input */
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
      DescribeAlarms: async ({ AlarmNames, NextToken = '0' }: any) => {
        if (AlarmNames.length > 100) throw new AwsError('ValidationError', 'more than 100 names');
        // Pages are as long as the service likes.
        const end = Number(NextToken) + 15;
        return {
          MetricAlarms: AlarmNames.slice(Number(NextToken), end).map((AlarmName: string) => ({
            AlarmName,
            StateValue: this.ringing.has(AlarmName) ? 'ALARM' : 'OK',
            StateTransitionedTimestamp: new Date(this.rings.get(AlarmName) ?? 0),
          })),
          NextToken: end < AlarmNames.length ? String(end) : undefined,
        };
      },
      GetDistribution: async () => ({ Distribution: { Status: 'Deployed' } }),
      GetSecretValue: async ({ SecretId }: any) => ({
        SecretString:
          SecretId === process.env.ADMIN_SECRET_ARN
            ? JSON.stringify(this.secrets.value('administrator', 'AWSCURRENT'))
            : 'key',
      }),
      GetLogEvents: async () => ({ events: [] }),
      PutObject: async ({ Key, Body, IfNoneMatch }: any) => {
        if (IfNoneMatch === '*' && this.objects.has(Key)) throw new AwsError('PreconditionFailed', 'exists');
        this.objects.set(Key, String(Body));
        return {};
      },
      PutEvents: async ({ Entries }: any) => {
        for (const { Source, DetailType, Detail } of Entries) {
          this.busEvents.push({ source: Source, detailType: DetailType, detail: JSON.parse(Detail) });
        }
        return { FailedEntryCount: 0, Entries: [] };
      },
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
      Invoke: async ({ FunctionName, Payload }: any) => {
        const folder = /-(\w+):console$/.exec(FunctionName)?.[1];
        if (folder !== undefined) return this.inNameOfPeople(folder, FunctionName, JSON.parse(Payload));
        if (FunctionName.endsWith('-rotate-secret')) return this.answered(this.mendUsers(JSON.parse(Payload)));
        return {
          Payload: Buffer.from(JSON.stringify(this.askedDatabase(FunctionName))),
        };
      },
      CreateDBSnapshot: async () => ({}),
      CreateSchedule: async ({ Name, ScheduleExpression, Target }: any) => {
        if (this.schedules.some(({ name }) => name === Name)) throw new AwsError('ConflictException', 'exists');
        const at = Date.parse(`${/at\((.*)\)/.exec(ScheduleExpression)?.[1]}Z`);
        this.schedules.push({ name: Name, at, input: JSON.parse(Target.Input) });
        return {};
      },
    };
  }

  /** RDS, and what the functions beside the database find there. */
  private databases(): Record<string, (input: any) => Promise<object>> {
    const main = () => `${process.env.DATABASE_INSTANCE_ID}.rds.test`;
    return {
      ...this.instances.operations,
      ...this.databaseSnapshots.operations,
      MendUsers: (event: any) => this.mendUsers(event),
      ValidateDatabase: async ({ host = main() }: any) => {
        const found = this.instances.at(host);
        if (found === undefined) throw new ReleaseError('Transient', `${host} cannot be reached`);
        // As the function does: with the version before, when the current one is refused.
        const versions = (['AWSCURRENT', 'AWSPREVIOUS'] as const).map((stage) => this.secrets.value('verifier', stage));
        if (!versions.some((each) => each !== undefined && found.users[each.username] === each.password)) {
          throw new ReleaseError('MigrationFailed', `${host} refuses the verifier`);
        }
        if (found.sound) this.validated.add(found.resource);
        return { sound: found.sound, changesets: 3, findings: found.sound ? [] : [{ message: 'rows are missing' }] };
      },
    };
  }
  /* oxlint-enable typescript/no-explicit-any */
}

const isRestore = (execution: string) => execution.startsWith('restore-');

type Handler = (event: unknown, context?: { readonly invokedFunctionArn: string }) => Promise<unknown>;

const handlers = new Map<string, Handler>();

async function loadHandler(folder: string): Promise<Handler> {
  const { handler } = (await import(`../../../lambda/${folder}/handler`)) as { handler: Handler };
  handlers.set(folder, handler);
  return handler;
}

export function digestOf(version: string): string {
  return `sha256:${createHash('sha256').update(version).digest('hex')}`;
}
