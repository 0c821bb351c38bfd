import type { Route } from '../../lambda/domain/route';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Milliseconds from a release's claim of the idle color to the first change of its fleet. */
async function waitedBefore(release: string): Promise<number> {
  let claimed = 0;
  let waited: number | undefined;
  world.interfere({
    matches: ({ handler, operation }) => handler === 'deploy-idle' && /^(PutKey|UpdateService)$/.test(operation),
    before: async () => {
      const claims = (world.route as Route | undefined)?.writer.nonce === `${release}:claim`;
      if (!claims) claimed = world.clock.read();
      else waited ??= world.clock.read() - claimed;
    },
    times: Infinity,
  });
  world.release(release);
  await world.until(release, 'AwaitApproval');
  return waited as number;
}

test('a color that nobody is sent to is changed at once', async () => {
  expect(await waitedBefore('v1.0.0')).toBeLessThan(5_000);
});

test('a standby is given up at every location before its fleet is changed', async () => {
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  await world.call('operate', { action: 'resume', by: 'oscar' });

  expect(await waitedBefore('v1.2.0')).toBeGreaterThanOrEqual(10_000);
});

test('it is waited for also by an attempt that finds the claim written', async () => {
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
  world.interfere({
    matches: ({ handler, operation }) => handler === 'deploy-idle' && operation === 'PutKey',
    fault: 'lost',
  });

  expect(await waitedBefore('v1.2.0')).toBeGreaterThanOrEqual(10_000);
});

test('the revision that is deployed is the release’s own, whatever a late Lambda of an earlier one registers meanwhile', async () => {
  await world.releaseFully('v1.0.0');
  world.interfere({
    matches: ({ handler, operation }) => handler === 'deploy-idle' && operation === 'UpdateService',
    before: async () => {
      const tags = [{ key: 'greenroom:release', value: 'v1.0.9' }];
      const containerDefinitions = [{ name: 'app', image: 'repository@late' }];
      await world.fleets.operations.RegisterTaskDefinition({ family: 'blue', containerDefinitions, tags });
    },
  });
  await world.releaseFully('v1.1.0');

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
  expect(world.fleets.image('blue')).toContain(digestOf('v1.1.0'));
});

describe('the size of the idle fleet', () => {
  beforeEach(async () => {
    await world.releaseFully('v1.0.0');
    await world.releaseFully('v1.1.0');
  });

  test('is what the live fleet has now, and no less than the minimum', async () => {
    world.fleets.services.blue!.desired = 7;
    world.release('v1.2.0');
    await world.until('v1.2.0', 'AwaitApproval');

    expect(world.fleets.services.green!.desired).toBe(7);
  });

  test('has to do for what the live fleet has become meanwhile: otherwise nobody is sent there', async () => {
    world.release('v1.2.0');
    await world.until('v1.2.0', 'AwaitApproval');
    world.fleets.services.blue!.desired = 7;
    await world.approve('v1.2.0');
    await world.rest(3_600_000);

    expect(world.record('v1.2.0')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^TrafficGuard: green has 2 healthy targets, but 7 are needed/),
    });
    expect(world.routes.map(({ route }) => route.shift?.to)).not.toContain('green');
  });
});
