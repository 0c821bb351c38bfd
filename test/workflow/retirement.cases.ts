import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
});
afterEach(() => world.close());

const retire = (index = -1) => world.call('retire-idle', world.schedules.at(index)?.input);

test('after the revert window the standby is given up and scaled in', async () => {
  expect(await retire()).toEqual({ retired: true });
  expect(world.route).toMatchObject({ standby: null, releases: { green: null } });
  expect(world.fleets.services.green?.desired).toBe(0);
});

test('a schedule that was made before two reverts does not cut the new revert window short', async () => {
  const early = world.schedules.length - 1;
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  await world.call('revert', { by: 'oscar', reason: 'it was the database' });

  expect(await retire(early)).toEqual({ retired: false });
  expect(world.route).toMatchObject({ live: 'blue', standby: 'green' });
  expect(await retire()).toEqual({ retired: true });
});

test('a release that claims the color while it is retired keeps its fleet', async () => {
  world.interfere({
    matches: ({ handler, operation }) => handler === 'retire-idle' && operation === 'DescribeScalableTargets',
    before: async () => {
      world.release('v1.2.0');
      await world.clock.sleep(50_000);
    },
  });
  await retire();
  await world.rest(60_000);

  expect(world.route?.releases.green).toBe('v1.2.0');
  expect(world.fleets.services.green?.desired).toBe(2);
});

test('a retirement that is repeated is harmless', async () => {
  await retire();
  expect(await retire()).toEqual({ retired: true });
  await world.call('retire-idle', world.schedules[0]?.input);

  expect(world.route).toMatchObject({ live: 'blue', standby: null });
});
