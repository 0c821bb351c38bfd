import { AwsError } from '../../local/cloud/model';
import { World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

/** v1.0.0 and v1.1.0 ran, so that blue is live with v1.1.0 and green is its standby. */
async function twoReleases(): Promise<void> {
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
}

describe('whoever is granted the turn is told, whatever happens to the teller', () => {
  test.each(['lost', 'killed', 'throttled', 'denied'] as const)('when telling it is %s', async (fault) => {
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');
    world.release('v1.1.0');
    await world.rest(60_000);
    expect(world.turn().waiting.map(({ release }) => release)).toEqual(['v1.1.0']);
    world.interfere({
      matches: ({ operation, handler }) => operation === 'SendTaskSuccess' && handler !== 'decide',
      fault,
    });

    await world.call('decide', { release: 'v1.0.0', decision: 'reject', by: 'quinn', reason: 'no' });
    await world.rest(60_000);
    await world.call('recover-release', { sweep: true });

    await world.until('v1.1.0', 'AwaitApproval');
    expect(world.turn().holder?.release).toBe('v1.1.0');
    expect(world.record('v1.0.0')).toMatchObject({ outcome: 'rejected' });
  });

  test('when the teller dies right after it has written the turn', async () => {
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');
    world.release('v1.1.0');
    await world.rest(60_000);
    world.interfere({
      matches: ({ operation, handler, input }) =>
        operation === 'Put' && handler === 'recover-release' && input.Item.sk === 'turn',
      fault: 'killed',
    });

    await world.call('decide', { release: 'v1.0.0', decision: 'reject', by: 'quinn', reason: 'no' });
    await world.rest(60_000);
    await world.call('recover-release', { sweep: true });

    await world.until('v1.1.0', 'AwaitApproval');
  });
});

test('a release that is superseded hears of it, also when the one that supersedes it dies in between', async () => {
  world.policy = { ...world.policy, concurrency: 'supersede' };
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  world.release('v1.1.0');
  await world.rest(60_000);
  world.interfere({ matches: ({ operation }) => operation === 'SendTaskFailure', fault: 'throttled' });
  world.release('v1.2.0');
  await world.rest(60_000);
  await world.call('recover-release', { sweep: true });
  await world.rest(60_000);

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'superseded' });
  expect(world.turn().waiting.map(({ release }) => release)).toEqual(['v1.2.0']);
});

test('a release that asks again after a fault does not supersede one that began later', async () => {
  world.policy = { ...world.policy, concurrency: 'supersede' };
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  // v1.1.0 is in the queue, but its handler ends with an error: the state machine asks again, seconds later.
  world.interfere({
    matches: ({ operation, handler, input }) =>
      operation === 'Put' && handler === 'await-turn' && input.Item.sk === 'event#Queued',
    fault: 'throttled',
  });
  world.release('v1.1.0');
  await world.clock.pass(() => world.turn().waiting.length === 1);
  world.release('v1.2.0');
  await world.rest(120_000);

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'superseded' });
  expect(world.turn().waiting.map(({ release }) => release)).toEqual(['v1.2.0']);
});

test('a release that died while baking is taken back before the next one begins, also when no event tells of it', async () => {
  await twoReleases();
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  world.eventsArrive = false;
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  world.release('v1.3.0');
  await world.rest(60_000);
  await world.call('recover-release', { sweep: true });
  await world.until('v1.3.0', 'AwaitApproval');

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.route).toMatchObject({ live: 'blue', releases: { blue: 'v1.1.0', green: 'v1.3.0' } });
});

test('a queued release whose execution died leaves the queue', async () => {
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  world.release('v1.1.0');
  world.release('v1.2.0');
  await world.rest(60_000);
  await world.call('operate', { action: 'cancel', release: 'v1.1.0', by: 'oscar', reason: 'wrong' });
  await world.rest(60_000);

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.turn()).toMatchObject({ holder: { release: 'v1.0.0' }, waiting: [{ release: 'v1.2.0' }] });
});

test('a release that waited for its turn while somebody reverted does not go on', async () => {
  await twoReleases();
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  world.release('v1.3.0');
  await world.rest(60_000);
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  await world.rest(60 * 60_000);

  expect(world.record('v1.3.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('EnvironmentHeld'),
  });
  expect(world.turn().holder).toBeNull();
});

test('a claim that arrives after its release has ended is freed by the sweep, though nothing else of it is left to do', async () => {
  world.release('v1.0.0');
  // The Lambda outlives its execution, and is killed before it can give back what it was granted.
  world.interfere(
    {
      matches: ({ handler, operation }) => handler === 'await-turn' && operation === 'Put',
      before: async () => {
        await world.executions.operations.StopExecution({ executionArn: world.executions.all[0]!.arn });
        await world.clock.sleep(30_000);
      },
    },
    {
      matches: ({ handler, operation }) => handler === 'await-turn' && operation === 'DescribeExecution',
      fault: 'killed',
    },
  );
  await world.rest(120_000);
  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'failed', notifiedAt: expect.any(String) });
  expect(world.turn().holder).toMatchObject({ release: 'v1.0.0' });

  await world.call('recover-release', { sweep: true });

  expect(world.turn().holder).toBeNull();
});

test('a release that Step Functions does not know yet is not taken for a dead one', async () => {
  world.release('v1.0.0');
  await world.clock.pass(() => world.record('v1.0.0') !== undefined);
  world.aws.DescribeExecution = async ({ executionArn }) => {
    throw new AwsError('ExecutionDoesNotExist', executionArn);
  };
  await world.call('recover-release', { sweep: true });

  expect(world.record('v1.0.0')).not.toHaveProperty('stop');
});
