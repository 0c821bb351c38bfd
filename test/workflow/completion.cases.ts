import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  await world.approve('v1.2.0');
});
afterEach(() => world.close());

const live = () => world.ledger.read('environment', 'live');
const isCompletion = (operation: string) => (call: { handler: string; operation: string }) =>
  call.handler === 'complete-release' && call.operation === operation;

/** What holds after a release that ended as released. */
function expectReleased(): void {
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released', notifiedAt: expect.any(String) });
  expect(world.route).toMatchObject({ live: 'green', standby: 'blue', releases: { green: 'v1.2.0' } });
  expect(live()).toMatchObject({ release: 'v1.2.0', previous: { release: 'v1.1.0' } });
  expect(world.liveTag).toBe(digestOf('v1.2.0'));
  expect(world.fleets.targets).toEqual({ green: { min: 2, max: 6, suspended: false } });
  expect(world.schedules.at(-1)?.input).toMatchObject({ color: 'blue', release: 'v1.1.0' });
  expect(world.turn().holder).toBeNull();
}

test.each(['Put', 'BatchGetImage', 'PutImage', 'RegisterScalableTarget', 'CreateSchedule', 'Publish'])(
  'a release that baked well is not taken back because %s of its completion fails for long',
  async (operation) => {
    world.interfere({ matches: isCompletion(operation), fault: 'denied', times: 20 });
    await world.until('v1.2.0', 'RecoverRelease').catch(() => undefined);
    world.door.interferences.length = 0;
    await world.rest();
    await world.call('recover-release', { sweep: true });

    expectReleased();
  },
);

test.each([
  'Put',
  'Update',
  'PutImage',
  'RegisterScalableTarget',
  'DeregisterScalableTarget',
  'CreateSchedule',
  'Publish',
])('a completion that is killed right after %s is finished by others', async (operation) => {
  world.interfere({ matches: isCompletion(operation), fault: 'killed' });
  await world.rest();
  await world.call('recover-release', { sweep: true });

  expectReleased();
});

test('a cancel at the moment of completion is decided once: either released and live, or canceled and taken back', async () => {
  for (const operation of ['DescribeKeyValueStore', 'Get', 'Put', 'Update', 'PutImage', 'Publish']) {
    world.close();
    world = new World();
    await world.releaseFully('v1.0.0');
    world.release('v1.1.0');
    await world.until('v1.1.0', 'AwaitApproval');
    world.interfere({
      matches: isCompletion(operation),
      before: async () => {
        await world
          .invoke('operate', { action: 'cancel', release: 'v1.1.0', by: 'oscar', reason: 'wrong' })
          .catch(() => undefined);
        await world.clock.sleep(30_000);
      },
    });
    await world.approve('v1.1.0');
    await world.rest();

    const released = world.record('v1.1.0')?.outcome === 'released';
    expect([operation, world.record('v1.1.0')?.outcome]).toEqual([operation, released ? 'released' : 'canceled']);
    const running = released ? 'v1.1.0' : 'v1.0.0';
    expect([operation, world.route?.releases[world.route.live]]).toEqual([operation, running]);
    expect([operation, live()?.release]).toEqual([operation, running]);
    expect([operation, world.liveTag]).toEqual([operation, digestOf(running)]);
    expect(Object.keys(world.fleets.targets)).toEqual([world.route?.live]);
    expect(world.turn().holder).toBeNull();
  }
});

test('concurrent updates of a scalable target are tried again', async () => {
  const conflict = Object.assign(new Error('a pending update'), { name: 'ConcurrentUpdateException' });
  world.interfere({
    matches: isCompletion('RegisterScalableTarget'),
    before: () => {
      throw conflict;
    },
  });
  await world.rest();

  expectReleased();
  expect(world.executions.all.at(-1)).toMatchObject({ status: 'SUCCEEDED' });
});
