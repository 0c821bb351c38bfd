import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
  world.policy = { ...world.policy, alarms: ['orders'] };
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
});
afterEach(() => world.close());

function ring(alarm: string): void {
  world.ringing.add(alarm);
  world.rings.set(alarm, world.clock.read());
}

const prepared = () => world.ledger.read('events#v1.2.0', 'event#PrepareCutover');

test('an alarm of the user’s that rings already stops no release, which may be what mends it, and stands in the ledger', async () => {
  ring('orders');
  await world.approve('v1.2.0');
  await world.rest(3_600_000);
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released' });
  expect(prepared()).toMatchObject({ setAside: ['orders'] });
});

test.each([
  // Before the first viewer, and with viewers: from then on it counts how long it took to notice, and to be back.
  ['ShiftTraffic', {}],
  ['Bake', { toDetect: expect.any(Number), toBack: expect.any(Number) }],
])('one that begins to ring at %s sends viewers back', async (state, times) => {
  await world.approve('v1.2.0');
  await world.until('v1.2.0', state);
  ring('orders');
  await world.rest(3_600_000);
  expect(world.record('v1.2.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('AlarmsRinging: orders'),
    times: { ...times, waiting: { turn: 0, approval: expect.any(Number) } },
  });
  expect(world.route).toMatchObject({ live: 'blue' });
});

test('one that was set aside counts when it was quiet meanwhile', async () => {
  ring('orders');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  ring('orders');
  await world.rest(3_600_000);
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed' });
});

test('one of the new color stops the release before anybody is on it', async () => {
  ring('green');
  await world.approve('v1.2.0');
  await world.rest(3_600_000);
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed' });
  expect(world.routes.map(({ route }) => route.shift)).not.toContainEqual(expect.objectContaining({ to: 'green' }));
});

test('the last of many alarms counts as the first does, on whichever page it comes', async () => {
  const many = Array.from({ length: 40 }, (_, index) => `orders-${index}`);
  world.policy = { ...world.policy, alarms: many };
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  ring('orders-39');
  ring('orders-20');
  await world.rest(3_600_000);
  expect(world.record('v1.2.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/AlarmsRinging: orders-20: .*; orders-39: /),
  });
});
