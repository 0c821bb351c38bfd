import { step } from '../../../lambda/aws/step';
import { ReleaseError } from '../../../lambda/domain/errors';
import type { MigrationState } from '../../../lambda/domain/migration';
import type { MigrationPlan, MigrationProgress } from '../../../lambda/domain/release';
import { snapshotName } from '../../../lambda/domain/snapshot-name';
import type { Call } from './door';
import type { FakeExecution } from './executions';
import { watch } from './promises';
import type { Stage } from './stage';
import { type Saved, World } from './world';

/** A function's time, but for those beside the database, which are stood in for. */
const FUNCTION_MS = 60_000;
const SWEEP_MS = 5 * 60_000;
const DRIFT_MS = 15 * 60_000;
const SNAPSHOT_MS = 2 * 60_000;

export interface SimulationOptions {
  /** @default - an environment on which nothing was released */
  readonly from?: Saved;
  /** What a call to AWS takes, in milliseconds. @default 20 */
  readonly latency?: () => number;
}

/**
 * A world that runs by itself, as AWS does: sweep and drift guard come by, schedules fire, a function's time ends,
 * a snapshot takes its time. The database is stood in for behind its steps: it knows which changesets it has. What is
 * done is watched: {@link violations} says which promise was broken, and by which call.
 */
export class Simulation extends World {
  readonly violations: string[] = [];
  /** Changesets of the changelog of every version that is released. */
  changelog: string[] = [];
  /** Changesets that the database has. */
  readonly applied: string[] = [];
  /** When each restore point was begun. */
  readonly snapshots = new Map<string, number>();
  /** Invocations of sweeps that found nothing to do. */
  readonly idleSweeps = new Set<number>();
  /** Names the changesets that cannot be applied, or the word `verify`. */
  readonly brokenChangesets = new Set<string>();
  /** Colors that no release ever touched: their placeholder may run. */
  readonly untouched = new Set<string>(['blue', 'green']);
  /** Releases that had ended before this world began. */
  readonly before = new Set<string>();
  private open = true;

  constructor(stage: Stage, { from, latency = () => 20 }: SimulationOptions = {}) {
    super(stage, from);
    if (from !== undefined) this.goOnFrom(from);
    this.door.latency = () => this.clock.sleep(latency());
    Object.assign(this.door.operations, this.database());
    const watched = watch(this);
    this.door.around = async (call, effect) => {
      const output = await watched(call, effect);
      if (call.operation === 'CreateSchedule') this.arm(this.schedules.at(-1)!);
      if (call.operation === 'UpdateService') this.untouched.delete((call.input as { service: string }).service);
      return output;
    };
    void this.sweep();
  }

  override close(): void {
    this.open = false;
    super.close();
  }

  save(): Saved {
    const { revisions, services, targets } = this.fleets;
    return structuredClone({
      now: this.clock.read(),
      items: this.ledger.all(),
      fleets: { revisions, services, targets },
      executions: this.executions.all,
      stored: this.stored,
      schedules: this.schedules,
      liveTag: this.liveTag,
    });
  }

  /** What a write of the route has to name. */
  etag(): number {
    return this.stored.etag;
  }

  /** The execution of a release. */
  execution(name: string): FakeExecution | undefined {
    return this.executions.all.find((each) => each.name === name);
  }

  /** Whether nobody has anything under way. */
  idle(): boolean {
    return this.executions.all.every(({ status }) => status !== 'RUNNING');
  }

  protected override async runAs<T>(folder: string, run: () => Promise<T>): Promise<T> {
    let forget = () => {};
    const over = new Promise((resolve) => (forget = this.clock.wakeAt(FUNCTION_MS, () => resolve(undefined))));
    try {
      return await super.runAs(folder, run, over);
    } finally {
      forget();
    }
  }

  protected override invokeStep(execution: string, state: string, payload: unknown): Promise<unknown> {
    const act = this.databaseSteps[state];
    if (act === undefined) return super.invokeStep(execution, state, payload);
    return this.runAs(
      state,
      step(() => act(payload as MigrationState)),
    );
  }

  private goOnFrom({ executions, schedules }: Saved): void {
    for (const schedule of schedules) this.arm(schedule);
    for (const { name } of executions) this.before.add(name);
    this.untouched.clear();
  }

  private arm({ at, input }: World['schedules'][number]): void {
    this.clock.wakeAt(Math.max(0, at - this.clock.read()), () => {
      if (this.open) void this.deliver('retire-idle', input);
    });
  }

  private async sweep(): Promise<void> {
    while (this.open) {
      await this.clock.sleep(SWEEP_MS);
      const from = this.door.calls.length;
      const { swept = 1 } = await this.invoke(this.stage.recovery, { sweep: true }).catch(() => ({}));
      const made = this.door.calls.slice(from).find(({ handler }) => handler === this.stage.recovery);
      if (swept === 0 && made !== undefined) this.idleSweeps.add(made.invocation);
      if (this.clock.read() % DRIFT_MS < SWEEP_MS) await this.deliver('check-drift', { trigger: 'schedule' });
    }
  }

  private readonly databaseSteps: Readonly<Record<string, (state: MigrationState) => Promise<object>>> = {
    PlanMigrations: () => this.planUpdate(),
    Migrate: (state) => this.migrate(state),
    VerifyMigration: async () => {
      await this.door.call('AskDatabase', {});
      if (this.brokenChangesets.has('verify')) throw new ReleaseError('VerificationFailed', 'a row is missing');
      return { checks: 1 };
    },
    PlanRollBack: () => this.planRollback(),
    RollBack: (state) => this.takeBack(state),
  };

  private async planUpdate(): Promise<MigrationPlan> {
    await this.door.call('AskDatabase', {});
    const changesets = this.changelog.filter((each) => !this.applied.includes(each));
    // Two at once take something away: those have a restore point in every environment.
    const verdict = (['none', 'expand'] as const)[changesets.length] ?? 'contract';
    return { pending: changesets.length, verdict, changesets, withoutRollback: 0 };
  }

  /** A changeset an invocation. */
  private async migrate({ release, migration, plan }: MigrationState): Promise<MigrationProgress> {
    const [next, ...rest] = this.changelog.filter((each) => !this.applied.includes(each));
    if (next !== undefined) await this.door.call('ApplyChangeset', { changeset: next, release: release.id });
    const done = [...(migration?.changesets ?? []), ...(next === undefined ? [] : [next])];
    const known = plan!.changesets.filter((each) => this.applied.includes(each) || done.includes(each));
    return { done: rest.length === 0, applied: known.length, remaining: rest.length, changesets: known };
  }

  private async planRollback(): Promise<MigrationPlan> {
    await this.door.call('AskDatabase', {});
    const changesets = this.applied.slice(-1);
    return { pending: changesets.length, verdict: 'none', changesets, withoutRollback: 0 };
  }

  private async takeBack({ plan }: MigrationState): Promise<MigrationProgress> {
    const { changesets } = plan!;
    for (const changeset of changesets) await this.door.call('TakeBackChangeset', { changeset });
    return { done: true, applied: changesets.length, remaining: 0, changesets };
  }

  /* oxlint-disable typescript/no-explicit-any -- each operation has its own input */
  private database(): Record<string, (input: any) => Promise<object>> {
    return {
      AskDatabase: async () => ({}),
      ApplyChangeset: async ({ changeset }: any) => {
        if (this.brokenChangesets.has(changeset)) throw new ReleaseError('MigrationFailed', `${changeset} fails`);
        // The history table tells a second attempt that it is done.
        if (!this.applied.includes(changeset)) this.applied.push(changeset);
        return {};
      },
      TakeBackChangeset: async ({ changeset }: any) => {
        if (this.applied.includes(changeset)) this.applied.splice(this.applied.indexOf(changeset), 1);
        return {};
      },
      CreateDBSnapshot: async ({ DBSnapshotIdentifier: id }: any) => {
        if (!this.snapshots.has(id)) this.snapshots.set(id, this.clock.read());
        return {};
      },
      DescribeDBSnapshots: async ({ DBSnapshotIdentifier: id }: any) => {
        const begun = this.snapshots.get(id);
        return { DBSnapshots: begun === undefined ? [] : [{ Status: this.isThere(begun) ? 'available' : 'creating' }] };
      },
    };
  }
  /* oxlint-enable typescript/no-explicit-any */

  /** Whether the restore point before a release's migrations can be used. */
  hasRestorePoint(release: string): boolean {
    const begun = this.snapshots.get(snapshotName(release));
    return begun !== undefined && this.isThere(begun);
  }

  private isThere(begun: number): boolean {
    return this.clock.read() >= begun + SNAPSHOT_MS;
  }
}

/** The calls made so far that are worth disturbing: looks that come by again and again, all alike, count once. */
export function callsWorthDisturbing(world: Simulation): Call[] {
  const looks = new Map<number, string>();
  for (const { handler, operation, invocation } of world.door.calls) {
    if (handler === 'check-drift' || world.idleSweeps.has(invocation)) {
      looks.set(invocation, `${looks.get(invocation) ?? handler} ${operation}`);
    }
  }
  const first = new Map<string, number>();
  for (const [invocation, look] of looks) first.set(look, first.get(look) ?? invocation);
  return world.door.calls.filter(({ handler, invocation }) => {
    const look = looks.get(invocation);
    return handler !== 'operator' && (look === undefined || first.get(look) === invocation);
  });
}
