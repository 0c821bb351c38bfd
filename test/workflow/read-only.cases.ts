import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
  world.plan = { pending: 1, verdict: 'contract', changesets: ['changelog.yaml::7::dana'], withoutRollback: 0 };
  // The snapshot takes its time: the steps under test are called in the meantime.
  const slowly = () => world.clock.sleep(60 * 60_000);
  world.interfere({ matches: ({ operation }) => operation === 'CreateDBSnapshot', before: slowly });
  world.release('v1.2.0');
  await world.until('v1.2.0', 'SnapshotDatabase');
}, 30_000);
afterEach(() => world.close());

/** What the state machine passes to the step. */
const state = () => ({
  release: { id: 'v1.2.0' },
  turn: { number: (world.turn() as unknown as { number: number }).number },
  execution: { name: 'v1.2.0' },
});
const readOnly = { maintenance: 'read-only', readOnlyFor: 'v1.2.0' };
const open = { maintenance: 'off', readOnlyFor: null };

test('is begun before the migration and ended after it; asked twice, it is done once', async () => {
  const live = world.route?.live;
  await world.call('begin-read-only', state());
  expect(await world.call('begin-read-only', state())).toMatchObject({ maintenance: 'read-only' });
  expect(world.route).toMatchObject({ ...readOnly, live });
  const { epoch } = world.route as { epoch: number };

  await world.call('end-read-only', state());
  expect(await world.call('end-read-only', state())).toMatchObject({ maintenance: 'off' });
  expect(world.route).toMatchObject({ ...open, live, epoch: epoch + 1 });
});

test('is not ended by a person while the migration runs; what a person sets instead outlives it', async () => {
  const set = (maintenance: string) =>
    world.call('operate', { action: 'maintenance', maintenance, by: 'oscar', reason: 'disk' });
  await world.call('begin-read-only', state());

  await expect(set('off')).rejects.toThrow('v1.2.0 migrates in read-only mode');
  await set('full');
  await world.call('end-read-only', state());
  expect(world.route).toMatchObject({ maintenance: 'full', readOnlyFor: null });
});

test('is taken back by recovery when the migration fails, and the live color goes on', async () => {
  const { live, releases } = world.route as { live: string; releases: object };
  await world.call('begin-read-only', state());
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  await world.rest();

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.route).toMatchObject({ ...open, live, releases });
  expect(world.turn().holder).toBeNull();
});

test('is taken back too when the sweep is the only one who notices', async () => {
  world.eventsArrive = false;
  await world.call('begin-read-only', state());
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  await world.rest(1_000);
  await world.call('recover-release', { sweep: true });

  expect(world.route).toMatchObject(open);
});

test('is not begun by a step that outlived its release', async () => {
  const late = state();
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  await world.rest();

  await expect(world.call('begin-read-only', late)).rejects.toThrow(expect.objectContaining({ name: 'TurnLost' }));
  expect(world.route).toMatchObject(open);
});

test('stays through a revert, whose traffic goes back at once, and ends with the release', async () => {
  const { live } = world.route as { live: string };
  await world.call('begin-read-only', state());
  await world.call('revert', { reason: 'v1.1.0 is bad', by: 'oscar' });
  await world.rest();

  expect(world.route?.live).not.toBe(live);
  expect(world.route).toMatchObject(open);
});
