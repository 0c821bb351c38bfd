import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

/** Recovery while the ledger does not answer. */
let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  await world.approve('v1.2.0');
});
afterEach(() => world.close());

const ledgerIsDown = () =>
  world.interfere({
    matches: ({ handler, operation }) =>
      handler === 'recover-release' && ['Get', 'Put', 'Update', 'Query'].includes(operation),
    fault: 'broken',
    times: Infinity,
  });
const served = () => world.route?.releases[world.route.live];
const ring = () => ['blue', 'green'].forEach((color) => world.ringing.add(color));

test('viewers of a release whose alarms ring while it shifts go back, and the rest follows', async () => {
  await world.clock.pass(() => world.route?.shift !== null);
  ledgerIsDown();
  ring();
  await world.rest(10 * 60_000);

  expect(world.route).toMatchObject({ live: 'blue', shift: null });
  expect(served()).toBe('v1.1.0');
  expect(world.record('v1.2.0')?.outcome).toBeUndefined();

  world.door.interferences.length = 0;
  await world.rest(60 * 60_000);
  await world.call('recover-release', { sweep: true });
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed', notifiedAt: expect.any(String) });
  expect(world.turn().holder).toBeNull();
});

test('viewers of a release whose alarms ring while it bakes go back', async () => {
  await world.until('v1.2.0', 'Bake');
  ledgerIsDown();
  ring();
  await world.rest(10 * 60_000);

  expect(served()).toBe('v1.1.0');
});

test('a release that was aborted while it bakes may be complete: viewers stay until the ledger answers', async () => {
  await world.until('v1.2.0', 'Bake');
  await world.rest(1_000);
  ledgerIsDown();
  const { arn } = world.executions.all.find(({ name }) => name === 'v1.2.0')!;
  await world.executions.operations.StopExecution({ executionArn: arn, error: 'Aborted', cause: 'by hand' });
  await world.rest(10 * 60_000);
  expect(served()).toBe('v1.2.0');

  world.door.interferences.length = 0;
  await world.call('recover-release', { sweep: true });
  expect(served()).toBe('v1.1.0');
});
