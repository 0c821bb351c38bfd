import { World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

const operate = (request: object) => world.call('operate', { by: 'oscar', ...request });
const freeze = () => operate({ action: 'freeze', reason: 'sale', until: '2026-11-25T00:00:00Z' });
const exemption = () => world.ledger.read('events#v1.0.0', 'event#FreezeExemption');
const acts = () => world.ledger.all().filter(({ pk }) => pk === 'acts');

test('keeps a release out, and says until when', async () => {
  await freeze();
  world.release('v1.0.0');
  await world.rest();

  expect(world.record('v1.0.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/EnvironmentFrozen: production is frozen by oscar until 2026-11-25T00:00:00Z: sale/),
  });
});

test('that began while QA looked at a release stops it before a viewer sees it', async () => {
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await freeze();
  await world.approve('v1.0.0');
  await world.rest();

  expect(world.record('v1.0.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('EnvironmentFrozen'),
  });
});

test('lets the version through that an operator named, with the reason; both are recorded', async () => {
  await freeze();
  await operate({ action: 'exempt', version: 'v1.0.0', reason: 'mends the checkout' });
  await world.releaseFully('v1.0.0');
  world.release('v1.1.0');
  await world.rest();

  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'released' });
  expect(exemption()).toMatchObject({ exemption: 'mends the checkout', by: 'oscar', identity: 'claimed' });
  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'failed' });
  expect(acts().map(({ act, reason }) => [act, reason])).toEqual([
    ['freeze', 'sale'],
    ['exempt', 'mends the checkout'],
  ]);
});

test('a requester who exempts itself is not believed', async () => {
  await freeze();
  world.executions.start('v1.0.0', { version: 'v1.0.0', actor: 'dana', freezeExemption: 'I may' });
  await world.rest();

  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'failed' });
  expect(exemption()).toBeUndefined();
});

test.each([
  ['that is over', { until: '2026-11-21T08:30:00Z' }],
  ['for another version', { version: 'v1.0.1' }],
])('an exemption %s lets nobody through', async (_what, given) => {
  await freeze();
  await operate({ action: 'exempt', version: 'v1.0.0', reason: 'mends the checkout', ...given });
  await world.rest(3_600_000);
  world.release('v1.0.0');
  await world.rest();

  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'failed' });
});

test.each([
  ['no version', { version: '1.0' }, 'is no tag'],
  ['no reason', { reason: '' }, 'needs a reason'],
  ['an end that is past', { until: '2026-01-01T00:00:00Z' }, 'no time in the future'],
])('an exemption with %s is refused', async (_what, given, message) => {
  const request = { action: 'exempt', version: 'v1.0.0', reason: 'mends the checkout', ...given };
  await expect(operate(request)).rejects.toThrow(message);
});

test('never holds a revert up, warm or cold', async () => {
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
  await freeze();
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  expect(world.route?.releases[world.route.live]).toBe('v1.0.0');

  await world.call('retire-idle', world.schedules.at(-1)?.input);
  const { kind, execution } = await world.call('revert', { by: 'olga', reason: 'worse' });
  await world.rest(3_600_000);

  expect(kind).toBe('cold');
  expect(world.record(execution.split(':').at(-1))).toMatchObject({ outcome: 'released' });
});
