import { beginning } from './campaign/beginning';
import { over } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION, ROLLING } from './cloud/stage';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
});
afterEach(() => world.close());

/** A release that waits for approval on the idle color, green. */
async function waiting(version: string): Promise<void> {
  world.release(version);
  await world.until(version, 'AwaitApproval');
  await world.rest(2_000);
}

const isRecovery = (operation: string) => (call: { handler: string; operation: string }) =>
  call.handler === 'recover-release' && call.operation === operation;

test('a recovery that is slow never scales in the fleet of the release after', async () => {
  await waiting('v1.2.0');
  world.release('v1.3.0');
  await world.rest(60_000);
  // The event's recovery is slow just before it touches the fleet; a sweep meanwhile does the same and is done.
  world.interfere({
    matches: isRecovery('DescribeTaskDefinition'),
    before: async () => {
      void world.invoke('recover-release', { sweep: true });
      await world.clock.sleep(120_000);
    },
  });
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  await world.rest(10 * 60_000);

  expect(world.route?.releases.green).toBe('v1.3.0');
  expect(world.fleets.services.green?.desired).toBe(2);
  expect(world.executions.all.find(({ name }) => name === 'v1.3.0')).toMatchObject({ state: 'AwaitApproval' });
});

test('a release that fails before cutover leaves the size of the live fleet as it is (P1)', async () => {
  // Somebody scaled the live fleet out by hand, beyond the configured bounds.
  world.fleets.services.blue!.desired = 9;
  world.fleets.targets.blue = { min: 2, max: 9, suspended: false };
  await waiting('v1.2.0');
  await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
  await world.rest();

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'rejected' });
  expect(world.fleets.services.blue!.desired).toBe(9);
  expect(world.fleets.targets.blue).toEqual({ min: 2, max: 9, suspended: false });
});

test('scale-in that a cutover suspended goes on after the release was taken back', async () => {
  await waiting('v1.2.0');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  expect(world.fleets.targets.blue?.suspended).toBe(true);
  world.ringing.add('green');
  await world.rest();

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed' });
  expect(world.fleets.targets.blue?.suspended).toBe(false);
});

test('a revision that was registered twice is taken away twice', async () => {
  world.interfere({ matches: ({ operation }) => operation === 'RegisterTaskDefinition', fault: 'twice' });
  const before = world.fleets.newest('green').arn;
  await waiting('v1.2.0');
  await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
  await world.rest();

  expect(world.fleets.newest('green').arn).toBe(before);
});

test('traffic does not go back to a fleet that has no healthy target (P2); it does once it has', async () => {
  await waiting('v1.2.0');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  world.fleets.services.blue!.healthy = 0;
  world.ringing.add('green');
  await world.rest(60_000);
  expect(world.route?.live).toBe('green');

  delete world.fleets.services.blue!.healthy;
  await world.rest();

  expect(world.route?.live).toBe('blue');
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed' });
});

describe('why a release ended', () => {
  test('stays what it was, also when recovery from outside has to finish', async () => {
    await waiting('v1.2.0');
    world.interfere({ matches: isRecovery('UpdateService'), fault: 'denied', times: 13 });
    await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'ugly' });
    await world.rest(3 * 3_600_000);
    await world.call('recover-release', { sweep: true });

    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('ugly') });
  });

  test('is recorded and told when a release is refused before anything was opened', async () => {
    world.interfere({ matches: ({ operation }) => operation === 'DescribeImages', fault: 'denied' });
    world.release('v9.0.0');
    await world.rest();

    expect(world.record('v9.0.0')).toMatchObject({ outcome: 'failed', version: 'v9.0.0' });
    expect(world.notifications.map(({ id }) => id)).toContain('v9.0.0:end');
  });

  test('is recorded once when the environment holds releases', async () => {
    await world.call('revert', { by: 'oscar', reason: 'broken' });
    world.release('v1.2.0');
    await world.rest();

    expect(world.record('v1.2.0')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('EnvironmentHeld'),
    });
    expect(world.notifications.filter(({ id }) => id === 'v1.2.0:end')).toHaveLength(1);
  });
});

describe('the sweep', () => {
  test('ends a release although another one cannot be ended', async () => {
    await waiting('v1.2.0');
    world.release('v1.3.0');
    await world.rest(60_000);
    world.eventsArrive = false;
    for (const release of ['v1.2.0', 'v1.3.0']) {
      await world.call('operate', { action: 'cancel', release, by: 'oscar', reason: 'wrong' });
    }
    world.interfere({
      matches: ({ operation, input }) => operation === 'Get' && input.Key.pk === 'release#v1.3.0',
      fault: 'broken',
    });
    await world.call('recover-release', { sweep: true }).catch(() => undefined);

    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
  });

  test('finds a release that a hundred newer ones stand in front of', async () => {
    await waiting('v1.2.0');
    world.policy = { ...world.policy, concurrency: 'reject' };
    for (let patch = 0; patch < 60; patch++) world.release(`v2.0.${patch}`);
    await world.rest(60_000);
    world.eventsArrive = false;
    await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
    await world.call('recover-release', { sweep: true });

    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
    expect(world.turn().holder).toBeNull();
  });

  test('is not held up by a warm revert whose notification failed', async () => {
    world.interfere({
      matches: ({ operation, handler }) => operation === 'Publish' && handler === 'revert',
      fault: 'broken',
    });
    await world.call('revert', { by: 'oscar', reason: 'broken' });
    await world.call('recover-release', { sweep: true });

    expect(world.notifications.at(-1)?.id).toMatch(/^revert-.*:end$/);
    expect(world.route?.live).toBe('green');
  });
});

test('a claim that arrives after its release was ended does not take the standby away', async () => {
  world.release('v1.2.0');
  await world.until('v1.2.0', 'DeployIdle');
  // The Lambda outlives its execution: it is slow just before it claims the idle color.
  world.interfere({
    matches: ({ operation, handler }) => operation === 'PutKey' && handler === 'deploy-idle',
    before: async () => {
      await world.invoke('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
      await world.clock.sleep(30_000);
    },
  });
  await world.rest();

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.route).toMatchObject({ live: 'blue', standby: 'green', releases: { green: 'v1.0.0' } });
  expect(world.fleets.services.green?.desired).toBe(2);
});

describe.each([
  ['is aborted', 'ABORTED'],
  ['times out', 'TIMED_OUT'],
  ['outgrows what Step Functions takes (States.DataLimitExceeded, which no Catch sees)', 'FAILED'],
] as const)('a release whose execution %s', (_how, status) => {
  test.each([
    ['its event arrives', true],
    ['its event is lost', false],
  ])('is brought to its end when %s', async (_what, arrives) => {
    world.release('v1.2.0');
    await world.until('v1.2.0', 'AwaitApproval');
    await world.approve('v1.2.0');
    await world.until('v1.2.0', 'Bake');
    world.eventsArrive = arrives;
    const { arn } = world.executions.all.find(({ name }) => name === 'v1.2.0')!;
    if (status === 'ABORTED') await world.executions.operations.StopExecution({ executionArn: arn });
    else world.executions.endUncaught('v1.2.0', status, 'States.DataLimitExceeded');
    await world.rest(60_000);
    if (!arrives) await world.call('recover-release', { sweep: true });

    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed', notifiedAt: expect.any(String) });
    expect(world.route).toMatchObject({ live: 'blue', shift: null });
    expect(world.turn().holder).toBeNull();
  });
});

// While it migrates: the scenarios of the campaign.
test.each([
  ...['CheckImage', 'FindRunning', 'DeployIdle', 'AwaitHealthy', 'SmokeTest', 'AwaitApproval'],
  ...['PrepareCutover', 'WaitShiftTraffic', 'Bake'],
])('a release that is canceled at %s ends as canceled, and nothing stays of it', async (state) => {
  world.release('v1.2.0');
  if (['PrepareCutover', 'WaitShiftTraffic', 'Bake'].includes(state)) {
    await world.until('v1.2.0', 'AwaitApproval');
    await world.approve('v1.2.0');
  }
  await world.until('v1.2.0', state);
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  await world.rest(3_600_000);

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
  expect(world.route).toMatchObject({ live: 'blue', shift: null, preview: null });
  expect(world.route?.releases.blue).toBe('v1.1.0');
  expect(world.turn().holder).toBeNull();
});

test.each(['DescribeServices', 'RegisterTaskDefinition'])(
  'a RollLive that outlives its execution does not deploy a release that has ended, slow at %s',
  async (operation) => {
    world.close();
    const rolling = new Simulation(ROLLING);
    world = rolling;
    for (const version of ['v1.0.0', 'v1.1.0']) {
      rolling.release(version);
      await over(rolling);
    }
    rolling.interfere({
      matches: (call) => call.operation === operation && call.handler === 'roll-live',
      before: async () => {
        await rolling.invoke('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
        await rolling.clock.sleep(30_000);
      },
    });
    rolling.release('v1.2.0');
    await over(rolling);
    // What it had registered by then is taken away by the drift guard.
    await rolling.rest(60 * 60_000);

    expect(rolling.record('v1.2.0')).toMatchObject({ outcome: 'canceled' });
    expect(rolling.fleets.image('blue')).toContain(digestOf('v1.1.0'));
    expect(atRest(rolling)).toEqual([]);
  },
);
