import { beginning } from './campaign/beginning';
import type { MigrationPlan } from '../../lambda/domain/release';
import { machinesOf } from './cloud/definition';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
});
afterEach(() => world.close());

const CHANGESETS = ['sql/2.sql::b::ann', 'sql/1.sql::a::ann'];
const pending = { pending: 2, verdict: 'expand' as const, changesets: CHANGESETS, withoutRollback: 0 };
const update = { action: 'update', version: 'v1.1.0', actor: 'oscar', reason: 'an index' };
const rollback = { action: 'rollback', version: 'v1.1.0', actor: 'oscar', reason: 'not the index' };
const event = (release: string, name: string) => world.ledger.read(`events#${release}`, `event#${name}`);
const path = (name: string) => world.executions.all.find((each) => each.name === name)?.path ?? [];

async function migrate(request: object, name = 'migrate-1'): Promise<void> {
  world.executions.start(name, request as Record<string, unknown>);
  await world.rest(60 * 60_000);
}

test('an update takes the turn, snapshots, migrates, verifies, is recorded and told, and gives the turn up', async () => {
  world.plan = pending;
  const routes = world.routes.length;
  await migrate(update);

  const steps = [
    'AwaitTurn',
    'FindRunning',
    'PlanMigrations',
    'RecordPlan',
    'SnapshotDatabase',
    'Migrate',
    'VerifyMigration',
  ];
  expect(path('migrate-1').filter((state) => steps.includes(state))).toEqual(steps);
  expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated', reason: '2 changesets applied: an index' });
  expect(event('migrate-1', 'Migrate')).toMatchObject({ applied: 2, changesets: CHANGESETS });
  expect(world.notifications.filter(({ id }) => id === 'migrate-1:end')).toHaveLength(1);
  expect(world.turn().holder).toBeNull();
  expect(world.routes).toHaveLength(routes);
});

test('nothing pending is a good end, without a snapshot', async () => {
  await migrate(update);

  expect(path('migrate-1')).not.toContain('SnapshotDatabase');
  expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated', reason: '0 changesets applied: an index' });
});

test("a release's own changesets are taken back, a rest of them in the next invocation", async () => {
  world.plan = pending;
  await world.releaseFully('v1.2.0');
  await migrate({ ...rollback, release: 'v1.2.0' });

  expect(world.ledger.read('release#migrate-1', 'record')).toMatchObject({ rollback: { changesets: CHANGESETS } });
  expect(world.rolledBack).toEqual(CHANGESETS);
  expect(event('migrate-1', 'RollBack')).toMatchObject({ rolledBack: 2, changesets: CHANGESETS });
  expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated' });
});

test.each<[string, object, string]>([
  ['a release that applied nothing', { ...rollback, release: 'v1.1.0' }, 'v1.1.0 applied no changeset'],
  ['no target', rollback, 'exactly one of tag, count and release'],
  ['two targets', { ...rollback, tag: 'x', count: 1 }, 'exactly one of tag, count and release'],
  ['an update with a target', { ...update, count: 1 }, 'are for a rollback'],
  ['no reason', { ...update, reason: '' }, 'needs a reason'],
  ['another action', { ...update, action: 'drop' }, 'none of update, rollback, release-locks'],
  ['force for an update', { ...update, force: true }, 'for release-locks'],
  ['no version', { ...update, version: 'latest' }, 'no tag of the form'],
])('%s is refused, recorded and told', async (_what, request, reason) => {
  await migrate(request);

  expect(world.record('migrate-1')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) });
  expect(world.ledger.read('release#migrate-1', 'record')).toMatchObject({ kind: 'migration' });
  expect(world.turn().holder).toBeNull();
});

describe('freeing the locks', () => {
  const free = { action: 'release-locks', version: 'v1.1.0', actor: 'oscar', reason: 'it died' };
  const lock = { holder: 'greenroom notes-production r1', since: '2026-11-21 08:00:00' };

  test('of a dead runner waits for the turn, touches nothing else, and is recorded and told', async () => {
    world.lock = lock;
    world.plan = pending;
    await migrate(free);

    expect(world.lock).toBeNull();
    expect(path('migrate-1')).toEqual(expect.arrayContaining(['AwaitTurn', 'ReleaseLocks', 'CompleteMigration']));
    expect(path('migrate-1')).not.toEqual(expect.arrayContaining(['SnapshotDatabase']));
    expect(event('migrate-1', 'OpenMigration')).toMatchObject({ actor: 'oscar', reason: 'it died' });
    expect(event('migrate-1', 'ReleaseLocks')).toMatchObject(lock);
    expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated', reason: 'the locks are free: it died' });
    expect(world.notifications.filter(({ id }) => id === 'migrate-1:end')).toHaveLength(1);
    expect(world.turn().holder).toBeNull();
  });

  test('of somebody else needs force, and is refused and told without', async () => {
    world.lock = { ...lock, holder: 'liquibase on ci' };
    await migrate(free, 'migrate-1');
    expect(world.record('migrate-1')).toMatchObject({ outcome: 'failed' });
    expect(world.lock).not.toBeNull();

    await migrate({ ...free, force: true }, 'migrate-2');
    expect(world.record('migrate-2')).toMatchObject({ outcome: 'migrated' });
    expect(event('migrate-2', 'OpenMigration')).toMatchObject({ force: true });
    expect(world.lock).toBeNull();
  });
});

test('it waits for the turn of a release, and a release for its turn', async () => {
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  world.executions.start('migrate-1', update);
  await world.until('migrate-1', 'AwaitTurn');
  await world.rest(60_000);
  expect(world.turn()).toMatchObject({ holder: { release: 'v1.2.0' }, waiting: [{ release: 'migrate-1' }] });

  await world.approve('v1.2.0');
  await world.rest(60 * 60_000);
  expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated' });
});

test('a newer release supersedes older ones, but no migration', async () => {
  world.policy = { ...world.policy, concurrency: 'supersede' };
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  world.executions.start('migrate-1', update);
  await world.until('migrate-1', 'AwaitTurn');
  await world.rest(5_000);
  world.release('v1.3.0');
  await world.rest(60_000);

  expect(world.turn().waiting.map(({ release }) => release)).toEqual(['migrate-1', 'v1.3.0']);
});

test.each(['RecordPlan', 'SnapshotDatabase'])(
  'stopped at %s, recovery frees the turn, leaves traffic and fleets alone, and tells people once',
  async (state) => {
    world.plan = pending;
    const { live, standby, releases } = world.route as NonNullable<typeof world.route>;
    const fleets = JSON.stringify([world.fleets.healthy('blue'), world.fleets.healthy('green')]);
    world.interfere({
      matches: ({ operation }) => operation === 'CreateDBSnapshot',
      before: () => world.clock.sleep(10 * 60_000),
    });
    world.executions.start('migrate-1', update);
    await world.until('migrate-1', state);
    await world.call('operate', { action: 'cancel', release: 'migrate-1', reason: 'wrong file', by: 'oscar' });
    await world.rest(60 * 60_000);

    expect(world.record('migrate-1')).toMatchObject({ outcome: 'canceled' });
    expect(world.turn().holder).toBeNull();
    expect(world.route).toMatchObject({ live, standby, releases });
    expect(JSON.stringify([world.fleets.healthy('blue'), world.fleets.healthy('green')])).toBe(fleets);
    expect(world.notifications.filter(({ id }) => id === 'migrate-1:end')).toHaveLength(1);
  },
);

test('a dead migration is found by the sweep of releases', async () => {
  world.eventsArrive = false;
  world.plan = pending;
  world.executions.start('migrate-1', update);
  await world.until('migrate-1', 'SnapshotDatabase');
  await world.executions.operations.StopExecution({ executionArn: world.executions.all.at(-1)?.arn as string });
  await world.call('recover-release', { sweep: true });

  // People and the ledger are told where the data is from before it.
  const reason = 'its execution runs no more; the snapshot greenroom-migrate-1 from before its migrations is kept';
  expect(world.record('migrate-1')).toMatchObject({ outcome: 'failed', reason });
  expect(world.notifications.find(({ id }) => id === 'migrate-1:end')).toMatchObject({ reason });
  expect(world.turn().holder).toBeNull();
});

test('a release that fails keeps its snapshot, and its reason, the ledger and people name it', async () => {
  world.plan = pending;
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  // Whatever fails after the migration: here the fleet, right before the cutover.
  for (const fleet of Object.values(world.fleets.services)) fleet.healthy = 0;
  await world.approve('v1.2.0');
  await world.rest(60 * 60_000);

  const reason = expect.stringMatching(/; the snapshot greenroom-v1-2-0 from before its migrations is kept$/);
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed', reason });
  expect(event('v1.2.0', 'RecoverRelease')).toMatchObject({ reason });
  expect(world.notifications.find(({ id }) => id === 'v1.2.0:end')).toMatchObject({ reason });
});

test('after a revert an update is held, and a rollback is not', async () => {
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  world.plan = pending;
  await migrate(update, 'migrate-1');
  await migrate({ ...rollback, count: 2 }, 'migrate-2');

  expect(world.record('migrate-1')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('EnvironmentHeld'),
  });
  expect(world.record('migrate-2')).toMatchObject({ outcome: 'migrated' });
});

describe('in an environment that does not ask for a snapshot before each migration', () => {
  beforeEach(async () => {
    world.close();
    const snapshotBeforeMigration = false;
    world = new World({
      ...PRODUCTION,
      machines: machinesOf('production', { snapshotBeforeMigration }),
      policy: { ...PRODUCTION.policy, snapshotBeforeMigration },
    });
    await world.releaseFully('v1.0.0');
  });

  test.each<[string, MigrationPlan['verdict'], boolean]>([
    ['what only adds has the moment of its plan', 'expand', false],
    ['what takes something away has a snapshot', 'contract', true],
    ['what somebody let through has a snapshot', 'unsafe', true],
  ])('%s', async (_, verdict, snapshot) => {
    world.plan = { ...pending, verdict };

    await world.releaseFully('v1.1.0');

    expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
    expect(event('v1.1.0', 'RecordPlan')).toMatchObject({ verdict });
    expect(event('v1.1.0', 'SnapshotDatabase') !== undefined).toBe(snapshot);
    expect(path('v1.1.0').includes('AwaitSnapshot')).toBe(snapshot);
  });

  test('a rollback has a snapshot', async () => {
    world.plan = pending;
    await world.releaseFully('v1.1.0');
    world.plan = { ...pending, verdict: 'none' };
    await migrate({ ...rollback, release: 'v1.1.0' });

    expect(path('migrate-1')).toContain('SnapshotDatabase');
    expect(world.record('migrate-1')).toMatchObject({ outcome: 'migrated' });
  });
});
