import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

test('two releases one after the other: each ends as released, the turn is free, the older is standby', async () => {
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'released' });
  expect(world.turn()).toMatchObject({ holder: null, waiting: [] });
  expect(world.route).toMatchObject({ live: 'blue', standby: 'green', releases: { blue: 'v1.1.0', green: 'v1.0.0' } });
  expect(world.fleets.image('blue')).toContain(digestOf('v1.1.0'));
  expect(world.liveTag).toBe(digestOf('v1.1.0'));
  expect(world.notifications.map(({ id }) => id)).toEqual([
    'v1.0.0:approval',
    'v1.0.0:end',
    'v1.1.0:approval',
    'v1.1.0:end',
  ]);
});
