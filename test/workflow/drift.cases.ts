import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
});
afterEach(() => world.close());

const look = () => world.call('check-drift', { trigger: 'schedule' });
const seen = () => (world.ledger.read('environment', 'drift') as { differences: { name: string }[] }).differences;
const told = () => world.notifications.filter(({ id }) => id.startsWith('drift:'));
const acts = () => world.ledger.all().filter(({ act }) => act === 'drift');
/** Somebody deploys by hand to a color. */
async function deployByHand(color: string): Promise<void> {
  const containerDefinitions = [{ name: 'app', image: 'mine' }];
  await world.fleets.operations.RegisterTaskDefinition({ family: color, containerDefinitions, tags: [] });
  await world.fleets.operations.UpdateService({ service: color, desiredCount: 2, taskDefinition: color });
}

test('after releases, a warm revert and a failed release nothing differs', async () => {
  expect((await look()).differences).toEqual([]);
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  expect((await look()).differences).toEqual([]);
  await world.call('operate', { action: 'resume', by: 'oscar' });
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  expect((await look()).differences).toEqual([]);
  await world.rest(2_000);
  await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
  await world.rest();
  expect((await look()).differences).toEqual([]);
  expect(told()).toEqual([]);
  expect(acts()).toEqual([]);
});

test('a difference is recorded and told of once, and again when it is another one', async () => {
  await deployByHand('blue');
  await look();
  await look();
  expect(seen().map(({ name }) => name)).toEqual(['runs-another-release']);
  expect(told()).toHaveLength(1);
  expect(acts()).toEqual([expect.objectContaining({ appeared: [expect.stringContaining('runs-another-release')] })]);

  world.fleets.services.green!.targetGroups = ['another'];
  await look();
  expect(told()).toHaveLength(2);
  expect(acts()).toHaveLength(2);
});

test('what has no effect on viewers is mended, said and recorded', async () => {
  await world.fleets.operations.RegisterTaskDefinition({
    family: 'blue',
    containerDefinitions: [{ name: 'app', image: 'left' }],
    tags: [{ key: 'greenroom:release', value: 'v0.9.0' }],
  });
  world.fleets.targets.blue!.suspended = true;
  world.fleets.targets.green = { min: 1, max: 9, suspended: false };
  const before = world.fleets.services.blue!.taskDefinition;

  const { differences, mended } = await look();

  expect(differences).toEqual([]);
  expect(mended).toHaveLength(3);
  expect(world.fleets.targets).toEqual({ blue: { min: 2, max: 6, suspended: false } });
  expect(world.fleets.newest('blue').arn).toBe(before);
  expect(told()).toHaveLength(1);
  expect(acts()).toHaveLength(1);
});

test('nothing is mended while a release has the turn, nor once it got it', async () => {
  world.fleets.targets.green = { min: 1, max: 9, suspended: false };
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  expect((await look()).mended).toEqual([]);

  await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
  await world.rest();
  world.fleets.targets.green = { min: 1, max: 9, suspended: false };
  // Right before the guard's look whether it may act.
  world.interfere({
    matches: ({ handler, operation, nth }) => handler === 'check-drift' && operation === 'GetKey' && nth === 3,
    before: async () => {
      world.release('v1.3.0');
      await world.clock.sleep(5_000);
    },
  });
  expect((await look()).mended).toEqual([]);
  expect(world.turn().holder).toMatchObject({ release: 'v1.3.0' });
});

test('what stands for a moment only is no difference', async () => {
  const service = world.fleets.services.green!;
  service.desired = 0;
  const looked = look();
  await world.rest(5_000);
  service.desired = 2;
  await world.rest(30_000);
  expect((await looked).differences).toEqual([]);
});

test.each([
  ['the live color', 'blue'],
  ['the color that was approved', 'green'],
])('a release does not shift traffic after somebody deployed to %s', async (_what, color) => {
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  await deployByHand(color);
  await world.approve('v1.2.0');
  await world.rest();
  expect(world.record('v1.2.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^DriftDetected: no traffic is shifted: runs-another-release: .*; .+/),
  });
  expect(world.route).toMatchObject({ live: 'blue', shift: null });
});
