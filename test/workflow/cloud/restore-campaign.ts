import type { Call, Fault } from './door';
import { CLOSED_GROUP, type FakeInstance, OPEN_GROUP } from './instances';
import { World } from './world';

/** What may go wrong at a call; `aborted`: its execution is stopped, and the handler that made it goes on. */
export type RestoreFault = Fault | 'aborted';

export const FAULTS: readonly RestoreFault[] = ['throttled', 'broken', 'denied', 'lost', 'twice', 'killed', 'aborted'];

const NAME = 'restore-1';
const HOUR = 3_600_000;
const RECOVERY_POINT = 'arn:aws:rds:eu-west-1:111111111111:snapshot:awsbackup:job-2';

/** An environment whose database is restored, from a copy in another region: the longest way. */
class Restored {
  readonly world = new World();
  readonly violations = new Set<string>();
  old!: FakeInstance;

  async run(interfere?: (world: World) => void): Promise<void> {
    const { world } = this;
    await world.releaseFully('v1.0.0');
    await world.rest(HOUR);
    world.snapshotsAt = new Date(world.clock.read() - 10 * 60_000);
    this.old = world.instances.find('database')!;
    this.calls = world.door.calls.length;
    interfere?.(world);
    this.watch();
    world.executions.start(NAME, {
      source: { recoveryPoint: RECOVERY_POINT },
      actor: 'oscar',
      reason: 'rows are gone',
    });
    for (let look = 0; look < 40 && !world.record(NAME)?.notifiedAt; look++) {
      const waits = world.executions.all.at(-1)?.state === 'AwaitRestoreApproval';
      if (waits) await world.call('decide', { release: NAME, decision: 'approve', by: 'quinn' }).catch(() => undefined);
      await world.rest(5 * 60_000);
      await world.call('recover-restore', { sweep: true }).catch(() => undefined);
    }
  }

  /** Calls to AWS before the restore began. */
  calls = 0;

  /** At every moment: who gets through the edge meets the old database, whole, or the new one, found sound. */
  private watch(): void {
    const { world, violations, old } = this;
    world.door.around = async (call, effect) => {
      const answer = await effect();
      if (world.route?.maintenance === 'full') return answer;
      const main = world.instances.at('database.rds.test');
      const where = `(${call.handler} ${call.operation})`;
      if (main === undefined) violations.add(`viewers get through, and no database answers ${where}`);
      else if (main !== old && !world.validated.has(main.resource)) {
        violations.add(`viewers meet a database that nobody has checked ${where}`);
      }
      return answer;
    };
  }

  /** What does not hold once everything has come to rest. */
  broken(): string[] {
    const { world, old } = this;
    const outcome = world.record(NAME)?.outcome;
    const main = world.instances.find('database');
    const mark = world.ledger.read('environment', 'restore') as { phase: string } | undefined;
    const others = world.instances.all.filter((each) => each !== main && each !== old);
    const restored = outcome === 'restored';
    const claims: [boolean, string][] = [
      [outcome === 'restored' || outcome === 'failed', `it ended as ${outcome}`],
      [restored === (main !== old), `it ended as ${outcome}, and ${main === old ? 'the old' : 'the new'} one serves`],
      [main?.status === 'available', `the database is ${main?.status}`],
      [main?.groups.join() === OPEN_GROUP, `the database is behind ${main?.groups.join()}`],
      [main === old || world.validated.has(main?.resource ?? ''), 'the database was never found sound'],
      [main === old || old.groups.join() === CLOSED_GROUP, 'the old database is open, beside the new one'],
      [main === old || old.name.startsWith('database-before-'), `the old database is called ${old.name}`],
      [others.length <= 1, `${others.length} restored instances are left over`],
      [world.route?.maintenance === 'off', `the edge is ${world.route?.maintenance}`],
      [mark === undefined || ['served', 'returned'].includes(mark.phase), `the switch is ${mark?.phase}`],
      [world.turn().holder === null, 'the turn is not free'],
      [world.notifications.some(({ id }) => id === `${NAME}:end`), 'nobody was told'],
      [world.fleets.healthy(world.route!.live) >= 2, 'the live fleet is too small'],
    ];
    return [...this.violations, ...claims.filter(([holds]) => !holds).map(([, what]) => what)];
  }
}

async function abort({ executions }: World): Promise<void> {
  const executionArn = executions.all.find(({ name }) => name === NAME)!.arn;
  await executions.operations.StopExecution({ executionArn, error: 'Aborted', cause: 'by hand' });
}

/** Every SDK call of an undisturbed restore. */
export async function callsOfRestore(): Promise<readonly Call[]> {
  const restored = new Restored();
  try {
    await restored.run();
    const broken = restored.broken();
    if (broken.length > 0) throw new Error(`undisturbed: ${broken.join('; ')}`);
    const seen = new Set<string>();
    return restored.world.door.calls.slice(restored.calls).filter(({ handler, operation, nth }) => {
      const key = `${handler} ${operation} ${nth}`;
      return handler !== 'operator' && !seen.has(key) && seen.add(key);
    });
  } finally {
    restored.world.close();
  }
}

/** A restore in which one call goes wrong, once. @returns how it ended, and what did not hold */
export async function restoreWith(call: Call, fault: RestoreFault): Promise<{ outcome: string; broken: string[] }> {
  const restored = new Restored();
  const { handler, operation, nth } = call;
  const name = `${handler} ${operation} ${nth} ${fault}`;
  try {
    await restored.run((world) =>
      world.interfere({
        matches: (each) => each.handler === handler && each.operation === operation && each.nth === nth,
        ...(fault === 'aborted' ? { after: () => abort(world) } : { fault }),
      }),
    );
    const missed = restored.world.door.interferences[0]?.times !== 0 ? ['the call was never made'] : [];
    const outcome = restored.world.record(NAME)?.outcome ?? 'none';
    return { outcome, broken: [...missed, ...restored.broken()].map((what) => `${name}: ${what}`) };
  } finally {
    restored.world.close();
  }
}
