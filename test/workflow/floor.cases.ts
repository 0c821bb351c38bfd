import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
});
afterEach(() => world.close());

const contract = (revertFloor: string) => ({
  pending: 1,
  verdict: 'contract' as const,
  changesets: ['sql/drop.sql::drop-legacy::ann'],
  withoutRollback: 0,
  revertFloor,
});
const floor = () => world.ledger.read('environment', 'floor');
const running = () => world.route?.releases[world.route.live];
const event = (release: string, name: string) => world.ledger.read(`events#${release}`, `event#${name}`);

test('the versions of live and standby are what a migration has to get on with', async () => {
  expect(await world.call('find-running', {})).toEqual({ versions: ['v1.1.0', 'v1.0.0'] });
});

test('a release that nobody can name is told apart from none', async () => {
  world.ledger.operations.Delete({ Key: { pk: 'environment', sk: 'live' } });
  world.ledger.operations.Delete({ Key: { pk: 'release#v1.0.0', sk: 'record' } });

  expect(await world.call('find-running', {})).toEqual({ versions: ['v1.1.0'], unknown: ['v1.0.0'] });
});

test('the floor stands in the ledger before anything is applied, and the list of what was after it', async () => {
  world.plan = contract('v1.1.0');
  world.release('v1.2.0');
  await world.until('v1.2.0', 'SnapshotDatabase');
  const before = floor();
  await world.until('v1.2.0', 'AwaitApproval');

  expect(before).toMatchObject({ version: 'v1.1.0', release: 'v1.2.0' });
  expect(event('v1.2.0', 'RecordPlan')).toMatchObject({ pending: 1, running: ['v1.1.0', 'v1.0.0'] });
  expect(event('v1.2.0', 'Migrate')).toMatchObject({ applied: 1, changesets: ['sql/drop.sql::drop-legacy::ann'] });
});

test('the floor is never lowered by a later contract', async () => {
  world.plan = contract('v1.2.0');
  await world.releaseFully('v1.2.0');
  world.plan = contract('v1.1.0');
  await world.releaseFully('v1.3.0');

  expect(floor()).toMatchObject({ version: 'v1.2.0', release: 'v1.2.0' });
});

describe('with a floor above the version before', () => {
  beforeEach(async () => {
    world.plan = contract('v1.2.0');
    await world.releaseFully('v1.2.0');
    world.plan = { pending: 0, verdict: 'none', changesets: [], withoutRollback: 0 };
  });

  test('a warm revert is refused by name, and nothing is moved or held', async () => {
    const refused = await world.call('revert', { by: 'oscar', reason: 'broken' }).catch((error: Error) => error);

    expect(refused).toMatchObject({
      name: 'RevertFloor',
      message: expect.stringContaining('v1.1.0 is below the revert floor v1.2.0'),
    });
    expect(running()).toBe('v1.2.0');
    expect(world.ledger.read('environment', 'hold')).toBeUndefined();
  });

  test('it goes on when it is forced, and that is recorded', async () => {
    await world.call('revert', { by: 'oscar', reason: 'worse than that', force: true });

    expect(running()).toBe('v1.1.0');
    expect(world.ledger.all().find(({ act }) => act === 'revert-below-floor')).toMatchObject({
      by: 'oscar',
      version: 'v1.1.0',
      floor: 'v1.2.0',
      reason: 'worse than that',
    });
  });

  test('a cold revert is refused, and goes on when it is forced', async () => {
    await world.rest(70 * 60_000);
    const standby = world.schedules.at(-1)?.input;
    await world.call('retire-idle', standby);
    expect(world.route?.standby).toBeNull();

    await expect(world.call('revert', { by: 'oscar', reason: 'broken' })).rejects.toMatchObject({
      name: 'RevertFloor',
    });
    const { execution } = await world.call('revert', { by: 'oscar', reason: 'worse', force: true });
    const name = String(execution).split(':').at(-1) as string;
    await world.rest(20 * 60_000);

    expect(world.record(name)).toMatchObject({ outcome: 'released' });
    expect(event(name, 'FloorExemption')).toMatchObject({ version: 'v1.1.0', floor: 'v1.2.0', exemption: 'worse' });
  });

  test('an older version is not released either', async () => {
    world.release('v1.1.0', 'again');
    await world.rest();

    expect(world.record('again')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('RevertFloor') });
  });

  test('the floor holds no revert up when it cannot be read', async () => {
    world.interfere({
      matches: ({ handler, operation, input }) =>
        handler === 'revert' && operation === 'Get' && input.Key.sk === 'floor',
      fault: 'denied',
      times: Infinity,
    });
    const { warnings } = await world.call('revert', { by: 'oscar', reason: 'broken' });

    expect(running()).toBe('v1.1.0');
    expect(warnings).toContainEqual(expect.stringContaining('could not read the revert floor'));
  });
});
