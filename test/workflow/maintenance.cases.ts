import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.releaseFully('v1.0.0');
  world.release('v1.1.0');
  await world.until('v1.1.0', 'AwaitApproval');
});
afterEach(() => world.close());

const set = (maintenance: string, more: object = {}) =>
  world.call('operate', { action: 'maintenance', maintenance, by: 'oscar', reason: 'disk', ...more });
const acts = () =>
  world.ledger
    .all()
    .filter(({ act }) => act !== undefined)
    .map(({ act, by, maintenance }) => ({ act, by, maintenance }));

test('is set and taken back, recorded with name and reason, and shown by status; asked twice it is written once', async () => {
  expect(await set('read-only')).toMatchObject({ before: 'off', maintenance: 'read-only' });
  const { epoch } = world.route!;
  expect(await set('read-only')).toMatchObject({ before: 'read-only', epoch });
  const shown = await world.call('inspect', { action: 'status' });
  expect(shown).toMatchObject({ route: { maintenance: 'read-only' }, maintenance: { by: 'oscar', reason: 'disk' } });

  expect(await set('off')).toMatchObject({ before: 'read-only', maintenance: 'off' });
  expect(await world.call('inspect', { action: 'status' })).toMatchObject({ maintenance: null });
  expect(acts()).toEqual(
    ['read-only', 'read-only', 'off'].map((maintenance) => ({ act: 'maintenance', by: 'oscar', maintenance })),
  );
});

test.each([
  ['a state that there is not', 'half', {}],
  ['no reason', 'full', { reason: '' }],
  ['nobody who asks', 'full', { by: '' }],
])('refuses %s', async (_what, maintenance, more) => {
  const before = world.route;
  await expect(set(maintenance, more)).rejects.toThrow(expect.objectContaining({ name: 'InvalidRelease' }));
  expect(world.route).toEqual(before);
});

describe.each(['AwaitApproval', 'ShiftTraffic', 'Bake'])('set while a release stands in %s', (state) => {
  beforeEach(async () => {
    if (state !== 'AwaitApproval') await world.approve('v1.1.0');
    await world.until('v1.1.0', state);
    await set('full');
  });

  test('it stays, and the release goes on to its end', async () => {
    if (state === 'AwaitApproval') await world.approve('v1.1.0');
    await world.rest(60 * 60_000);

    expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
    expect(world.route).toMatchObject({ maintenance: 'full', releases: { [world.route!.live]: 'v1.1.0' } });
  });

  test('recovery of the release still finds what is its own', async () => {
    const green = world.route!.releases.green === 'v1.1.0' ? 'green' : 'blue';
    await world.call('operate', { action: 'cancel', release: 'v1.1.0', by: 'oscar', reason: 'wrong' });
    await world.rest();

    expect(world.record('v1.1.0')).toMatchObject({ outcome: 'canceled' });
    expect(world.route).toMatchObject({ maintenance: 'full', shift: null, preview: null, releases: { [green]: null } });
    expect(world.fleets.services[green]?.desired).toBe(0);
  });
});
