import { machinesOf } from './cloud/definition';
import { PRODUCTION, type Stage } from './cloud/stage';
import { World } from './cloud/world';

// Migrations as a task: the synthesised machine with `runOn: 'fargate'`, and an ECS that runs one task.

const BUDGET_SECONDS = 4 * 3_600;
const FARGATE: Stage = {
  ...PRODUCTION,
  machines: machinesOf('production', { migrations: { runOn: 'fargate', timeBudget: BUDGET_SECONDS } }),
  settings: {
    ...PRODUCTION.settings,
    MIGRATION_TASK: JSON.stringify({
      family: 'notes-production-migrate',
      container: 'migrator',
      subnets: ['subnet-1'],
      securityGroup: 'sg-1',
      logGroup: '/greenroom/notes-production-migrate',
      budgetSeconds: BUDGET_SECONDS,
    }),
  },
};

let world: World;

beforeEach(async () => {
  world = new World(FARGATE);
  world.migrationTasks.works = { ms: 2 * 3_600_000, exitCode: 0 };
  await world.releaseFully('v1.0.0');
  world.plan = { pending: 1, verdict: 'expand', changesets: ['a::1::b'], withoutRollback: 0 };
});
afterEach(() => world.close());

const path = (name: string) => world.executions.all.find((each) => each.name === name)?.path ?? [];

test('a statement of two hours is waited for, after which Migrate looks at the history and the release goes on', async () => {
  await world.releaseFully('v1.1.0');

  const steps = ['AwaitSnapshot', 'RunMigrationTask', 'Migrate', 'VerifyMigration', 'DeployIdle'];
  const walked = path('v1.1.0').filter((state, index, all) => steps.includes(state) && all.indexOf(state) === index);
  expect(walked).toEqual(steps);
  expect(world.migrationTasks.all.size).toBe(1);
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
});

test('nothing pending starts no task', async () => {
  world.plan = { pending: 0, verdict: 'none', changesets: [], withoutRollback: 0 };
  await world.releaseFully('v1.1.0');

  expect(world.migrationTasks.all.size).toBe(0);
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
});

test('a start whose answer was lost is the same task', async () => {
  world.interfere({ matches: ({ operation }) => operation === 'RunTask', fault: 'lost' });
  await world.releaseFully('v1.1.0');

  expect(world.door.calls.filter(({ operation }) => operation === 'RunTask').length).toBeGreaterThan(1);
  expect(world.migrationTasks.all.size).toBe(1);
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
});

test('a task that fails ends the release with the name and the words of its last line; traffic stays', async () => {
  world.migrationTasks.works = { ms: 60_000, exitCode: 1 };
  const { live } = world.route!;
  world.release('v1.1.0');
  await world.rest(3_600_000);

  const reason = expect.stringContaining('a.sql:1: it was changed');
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'failed', reason });
  expect(world.route).toMatchObject({ live });
  expect(world.turn().holder).toBeNull();
});

test('a release that is canceled meanwhile has its task stopped', async () => {
  world.release('v1.1.0');
  await world.until('v1.1.0', 'RunMigrationTask');
  await world.rest(10 * 60_000);
  await world.call('operate', { action: 'cancel', release: 'v1.1.0', by: 'oscar', reason: 'wrong' });
  await world.rest(30 * 60_000);

  expect([...world.migrationTasks.all.values()]).toMatchObject([{ exitCode: 143 }]);
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.turn().holder).toBeNull();
});

test('a task that outlives its budget is stopped, and the release fails', async () => {
  world.migrationTasks.works = { ms: Infinity, exitCode: 0 };
  world.release('v1.1.0');
  await world.rest(5 * 3_600_000);

  expect([...world.migrationTasks.all.values()]).toMatchObject([{ exitCode: 143 }]);
  const reason = expect.stringContaining('outlived migrations.timeBudget');
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'failed', reason });
});
