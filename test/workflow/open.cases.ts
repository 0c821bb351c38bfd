import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.releaseFully('v1.0.0');
});
afterEach(() => world.close());

test('a version that was never live cannot pass scan and approval by as a revert', async () => {
  const forged = { version: 'v1.1.0', kind: 'revert', actor: 'mallory', reason: 'hurry', taskDefinition: 'arn:any' };
  const execution = { arn: 'arn:forged', name: 'forged', startedAt: '2026-11-21T09:00:00.000Z' };

  await expect(world.call('open-release', { request: forged, execution })).rejects.toThrow(
    'v1.1.0 with arn:any was not live here',
  );
  expect(world.record('forged')).toBeUndefined();
});

test('the recorded version may come back, with exactly its recorded task definition', async () => {
  const live = world.ledger.read('environment', 'live') as { taskDefinition: string };
  const request = {
    version: 'v1.0.0',
    kind: 'revert',
    actor: 'oscar',
    reason: 'slow',
    taskDefinition: live.taskDefinition,
  };
  const execution = { arn: 'arn:again', name: 'again', startedAt: '2026-11-21T09:00:00.000Z' };

  expect(await world.call('open-release', { request, execution })).toMatchObject({ digest: digestOf('v1.0.0') });
});
