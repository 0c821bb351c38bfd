import { beginning } from './campaign/beginning';
import { MINUTE, over } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
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

describe('somebody reverts in the second of the retirement', () => {
  const simulation = () => world as Simulation;
  beforeEach(async () => {
    world.close();
    world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) });
  });

  const meanwhile = (operation: string, act: () => Promise<unknown>) =>
    world.interfere({
      matches: (call) => call.handler === 'retire-idle' && call.operation === operation,
      before: act,
    });
  const revert = (by: string) => world.invoke('revert', { by, reason: `seen by ${by}` });

  // Where the standby is given up already, the version is deployed anew: nobody is sent to a fleet that is taken away.
  test.each([
    ['before it looks', 'DescribeKeyValueStore', /^v1\.0\.0$/],
    ['between its look and its write', 'PutKey', /^v1\.0\.0$/],
    ['between its write and the end of the fleet', 'DescribeScalableTargets', /^revert-v1\.0\.0-/],
    ['right before the end of the fleet', 'UpdateService', /^revert-v1\.0\.0-/],
  ])('%s: viewers get the version before, from a fleet that stays', async (_when, operation, release) => {
    meanwhile(operation, () => revert('oscar'));
    void world.deliver('retire-idle', world.schedules.at(-1)?.input);
    await world.rest(MINUTE);
    await over(simulation());
    await world.rest(16 * MINUTE);

    expect(world.route).toMatchObject({ live: 'green', releases: { green: expect.stringMatching(release) } });
    expect(world.fleets.services.green!.desired).toBe(2);
    expect(atRest(simulation())).toEqual([]);
  });

  test('twice, between its look and its write: the new revert window is not cut short', async () => {
    meanwhile('PutKey', async () => {
      await revert('oscar');
      await revert('otto');
    });
    void world.deliver('retire-idle', world.schedules.at(-1)?.input);
    await world.rest(16 * MINUTE);

    expect(world.route).toMatchObject({ live: 'blue', standby: 'green' });
    expect(atRest(simulation())).toEqual([]);
  });
});
