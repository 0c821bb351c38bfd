import { World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

const approve = () => world.call('decide', { release: 'v1.0.0', decision: 'approve', by: 'quinn' });
const outcome = () => world.record('v1.0.0')?.outcome;

test('an approval given while the question is being put again still counts', async () => {
  world.interfere({ matches: ({ operation }) => operation === 'Publish', fault: 'throttled' });
  world.release('v1.0.0');
  await world.clock.pass(() => world.ledger.read('release#v1.0.0', 'approval') !== undefined);
  await world.clock.pass(() => false, 500);
  await approve().catch(() => undefined);
  await world.rest(3_600_000);

  expect(outcome()).toBe('released');
});

test.each(['throttled', 'lost', 'killed'] as const)(
  'a second click is harmless, and mends a first one that was %s',
  async (fault) => {
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');
    await world.rest(1_000);
    world.interfere({
      matches: ({ handler, operation }) => handler === 'decide' && operation === 'SendTaskSuccess',
      fault,
    });
    await approve().catch(() => undefined);
    expect(await approve()).toMatchObject({ by: 'quinn', first: false });
    await world.rest(3_600_000);

    expect(outcome()).toBe('released');
  },
);

test('an approval that comes before anybody asked, or after the release has ended, is refused', async () => {
  await expect(approve()).rejects.toMatchObject({ name: 'ApprovalVoid' });
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await world.rest(1_000);
  await world.call('operate', { action: 'cancel', release: 'v1.0.0', by: 'oscar', reason: 'wrong' });
  await world.rest();

  await expect(approve()).rejects.toMatchObject({ name: 'ApprovalVoid' });
  expect(outcome()).toBe('canceled');
});

test('the requester cannot approve', async () => {
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await world.rest(1_000);

  await expect(world.call('decide', { release: 'v1.0.0', decision: 'approve', by: 'dana' })).rejects.toThrow('may not');
});
