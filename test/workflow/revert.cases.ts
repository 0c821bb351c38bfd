import { beginning } from './campaign/beginning';
import { PRODUCTION } from './cloud/stage';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World(PRODUCTION, await beginning(PRODUCTION));
});
afterEach(() => world.close());

const live = () => world.ledger.read('environment', 'live');
const broken = { by: 'oscar', reason: 'broken' };
const running = () => world.route?.releases[world.route.live];

async function waiting(version: string): Promise<void> {
  world.release(version);
  await world.until(version, 'AwaitApproval');
  await world.rest(2_000);
}

test('a revert whose answer was lost is repeated without sending traffic forth again', async () => {
  await world.call('revert', broken);
  const again = await world.call('revert', broken);

  expect(running()).toBe('v1.0.0');
  expect(again).toMatchObject({ version: 'v1.0.0' });
});

describe('the same request again, where the ledger could not record the first', () => {
  const ledgerIsDown = () =>
    world.interfere({
      matches: ({ handler, operation }) =>
        handler === 'revert' && ['Get', 'Put', 'Update', 'Query'].includes(operation),
      fault: 'denied',
      times: Infinity,
    });

  test.each([
    ['is still down', false],
    ['answers again', true],
  ])('sends nobody forth while it %s', async (_when, back) => {
    ledgerIsDown();
    await world.call('revert', broken);
    if (back) world.door.interferences.length = 0;
    const { warnings } = await world.call('revert', broken);

    expect(running()).toBe('v1.0.0');
    expect(warnings.join()).toContain('viewers do not get v1.1.0 any more; nothing was moved');
    if (back) expect(live()).toMatchObject({ release: 'v1.0.0' });
  });

  test('somebody else is somebody else, and so is another reason', async () => {
    ledgerIsDown();
    await world.call('revert', broken);
    await world.call('revert', { by: 'oscar', reason: 'v1.0.0 is worse' });

    expect(running()).toBe('v1.1.0');
  });

  test('once it is recorded and resumed, it is a new wish', async () => {
    await world.call('revert', broken);
    await world.call('operate', { action: 'resume', by: 'oscar' });
    await world.call('revert', broken);

    expect(running()).toBe('v1.1.0');
  });
});

test('a revert names what it wants to get away from, and is done when that is not live', async () => {
  await world.call('revert', { by: 'oscar', reason: 'broken', from: 'v1.1.0' });
  await world.call('revert', { by: 'olga', reason: 'many errors', from: 'v1.1.0' });

  expect(running()).toBe('v1.0.0');
});

test('two reverts at the same moment are one', async () => {
  const both = [world.invoke('revert', broken), world.invoke('revert', { by: 'olga', reason: 'errors' })];
  await world.rest(60_000);
  await Promise.all(both);

  expect(running()).toBe('v1.0.0');
});

test('a standby that is smaller than what is live is scaled out as traffic goes there, and the answer says so', async () => {
  world.fleets.services.blue!.desired = 6;
  const { warnings } = await world.call('revert', broken);

  expect(running()).toBe('v1.0.0');
  expect(world.fleets.services.green!.desired).toBe(6);
  expect(warnings).toEqual(['green has 2 tasks and is scaled out to 6 while it serves']);
});

test('a revert of a revert, said so, brings the version back', async () => {
  await world.call('revert', broken);
  await world.call('revert', { by: 'oscar', reason: 'it was the database' });

  expect(running()).toBe('v1.1.0');
  expect(live()).toMatchObject({ release: 'v1.1.0' });
  expect(world.liveTag).toBe(digestOf('v1.1.0'));
});

test.each([
  'Update',
  'Put',
  'PutImage',
  'StopExecution',
  'DescribeServices',
  'UpdateService',
  'Publish',
  'CreateSchedule',
])('a warm revert that is killed right after %s is finished by repeating it', async (operation) => {
  world.interfere({ matches: (call) => call.handler === 'revert' && call.operation === operation, fault: 'killed' });
  await world.call('revert', broken).catch(() => undefined);
  await world.call('revert', broken);

  expect(running()).toBe('v1.0.0');
  expect(live()).toMatchObject({ release: 'v1.0.0' });
  expect(world.liveTag).toBe(digestOf('v1.0.0'));
  expect(world.fleets.targets).toMatchObject({ green: { suspended: false } });
});

describe('nothing but the route can hold a revert up', () => {
  test.each(['broken', 'denied', 'throttled'] as const)('everything else is %s', async (fault) => {
    world.interfere({
      matches: ({ handler, operation }) =>
        handler === 'revert' && !['DescribeKeyValueStore', 'GetKey', 'PutKey'].includes(operation),
      fault,
      times: Infinity,
    });
    const result = await world.call('revert', broken);

    expect(running()).toBe('v1.0.0');
    expect(result.warnings).not.toEqual([]);
  });

  test('everything else does not answer at all', async () => {
    world.interfere({
      matches: ({ handler, operation }) =>
        handler === 'revert' && !['DescribeKeyValueStore', 'GetKey', 'PutKey'].includes(operation),
      before: () => new Promise(() => undefined),
      times: Infinity,
    });
    void world.invoke('revert', broken);
    await world.rest(20_000);

    expect(running()).toBe('v1.0.0');
  });

  test.each(['WaitShiftTraffic', 'Bake', null])(
    'neither everything else nor the edge answers, at %s: it is done within the minute that its function has',
    async (state) => {
      if (state !== null) {
        await waiting('v1.2.0');
        await world.approve('v1.2.0');
        await world.until('v1.2.0', state);
      }
      const live = state === 'Bake' ? 'v1.2.0' : 'v1.1.0';
      expect(running()).toBe(live);
      world.interfere({
        matches: ({ handler, operation }) =>
          handler === 'revert' && !['DescribeKeyValueStore', 'GetKey', 'PutKey'].includes(operation),
        before: () => new Promise(() => undefined),
        times: Infinity,
      });
      world.seenEpoch = () => 0;
      const begun = world.clock.read();
      await world.call('revert', broken);

      expect(world.clock.read() - begun).toBeLessThan(55_000);
      expect(world.route).toMatchObject({ shift: null });
      expect(running()).not.toBe(state === null ? live : 'v1.2.0');
    },
  );

  test('the ledger is down while a release shifts', async () => {
    await waiting('v1.2.0');
    await world.approve('v1.2.0');
    await world.clock.pass(() => world.route?.shift !== null);
    world.interfere({
      matches: ({ handler, operation }) => handler === 'revert' && ['Get', 'Put', 'Update'].includes(operation),
      fault: 'broken',
      times: Infinity,
    });
    const result = await world.call('revert', broken);
    await world.rest();

    expect(result).toMatchObject({ kind: 'withdraw' });
    expect(world.route).toMatchObject({ live: 'blue', shift: null });
    expect(world.record('v1.2.0')).toMatchObject({ outcome: expect.stringMatching(/reverted|failed/) });
  });

  test('the edge does not confirm', async () => {
    world.seenEpoch = () => 0;
    const result = await world.call('revert', broken);

    expect(running()).toBe('v1.0.0');
    expect(result.warnings.join()).toContain('edge');
    expect(live()).toMatchObject({ release: 'v1.0.0' });
  });

  test('a release claims the standby at that very moment: the revert goes the cold way', async () => {
    // The release is about to write its claim while the revert has looked at the route and not written it yet.
    let result: Promise<{ kind: string }> | undefined;
    world.interfere({
      matches: ({ handler, operation }) => handler === 'deploy-idle' && operation === 'PutKey',
      before: async () => {
        result = world.invoke('revert', broken);
        await world.clock.sleep(50);
      },
    });
    world.release('v1.2.0');
    await world.rest(3_600_000);

    expect(await result).toMatchObject({ kind: 'cold' });
    expect(world.fleets.image(world.route!.live)).toContain(digestOf('v1.0.0'));
    expect(world.record('v1.2.0')).toMatchObject({ outcome: expect.stringMatching(/reverted|failed/) });
  });
});

describe('a revert while a release runs wins over it', () => {
  test.each(['CheckImage', 'DeployIdle', 'AwaitHealthy', 'SmokeTest', 'AwaitApproval'])(
    'before cutover, in %s',
    async (state) => {
      world.release('v1.2.0');
      await world.until('v1.2.0', state);
      await world.call('revert', broken);
      await world.rest(3_600_000);

      expect(world.fleets.image(world.route!.live)).toContain(digestOf('v1.0.0'));
      expect(world.record('v1.2.0')).toMatchObject({ outcome: expect.stringMatching(/reverted|failed/) });
      expect(world.turn().holder).toBeNull();
    },
  );

  test.each(['PrepareCutover', 'ShiftTraffic', 'WaitShiftTraffic', 'Bake', 'CompleteRelease'])(
    'in %s',
    async (state) => {
      await waiting('v1.2.0');
      void world.approve('v1.2.0');
      await world.until('v1.2.0', state);
      await world.call('revert', broken);
      await world.rest(3_600_000);

      // Before the first viewer was shifted, what viewers get is v1.1.0: the revert goes back to the version before it.
      const expected = ['PrepareCutover', 'ShiftTraffic'].includes(state) ? /v1.0.0/ : /v1.1.0/;
      expect(running()).toMatch(expected);
      expect(live()?.release).toBe(running());
      expect(world.turn().holder).toBeNull();
    },
  );
});

test('the standby is dead while a release bakes: the revert deploys the version before it anew', async () => {
  await waiting('v1.2.0');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');
  world.fleets.services.blue!.healthy = 0;
  const result = await world.call('revert', broken);
  delete world.fleets.services.blue!.healthy;
  await world.rest(3_600_000);

  expect(result).toMatchObject({ kind: 'cold', version: 'v1.1.0' });
  expect(world.fleets.image(world.route!.live)).toContain(digestOf('v1.1.0'));
});

test('the withdrawal of a release that bakes tells the version that viewers get again', async () => {
  await waiting('v1.2.0');
  await world.approve('v1.2.0');
  await world.until('v1.2.0', 'Bake');

  expect(await world.call('revert', broken)).toMatchObject({ kind: 'withdraw', version: 'v1.1.0' });
});

test('a cold revert that is asked for twice is one', async () => {
  await waiting('v1.2.0');
  const first = await world.call('revert', broken);
  await world.until(first.execution.split(':').at(-1), 'AwaitHealthy');
  const second = await world.call('revert', { by: 'olga', reason: 'errors' });
  await world.rest(3_600_000);

  expect(second.execution).toBe(first.execution);
  expect(running()).toMatch(/^revert-v1.0.0/);
});

test('where there is nothing to revert to, releases are not held afterwards', async () => {
  world.close();
  world = new World();
  await world.releaseFully('v1.0.0');
  await expect(world.call('revert', broken)).rejects.toMatchObject({ name: 'NothingToRevertTo' });

  expect(world.ledger.read('environment', 'hold')).toBeUndefined();
});

test.each(['AwaitRestoreApproval', 'SwitchDatabase', 'RollTasks'])(
  'a revert takes a restore back that stands at %s: viewers get the version before, on the old database',
  async (state) => {
    await world.rest();
    const source = { time: new Date(world.clock.read() - 300_000).toISOString() };
    world.executions.start('restore-1', { source, actor: 'oscar', reason: 'rows are gone' });
    const restore = world.executions.all.at(-1)!;
    for (let look = 0; look < 3_000 && !restore.state.endsWith(state); look++) {
      if (restore.state === 'AwaitRestoreApproval') {
        await world.call('decide', { release: 'restore-1', decision: 'approve', by: 'quinn' }).catch(() => undefined);
      }
      await world.rest(1_000);
    }
    await world.call('revert', broken);
    for (let sweep = 0; sweep < 6; sweep++) {
      await world.rest(5 * 60_000);
      await world.call('recover-restore', { sweep: true }).catch(() => undefined);
    }

    expect(world.record('restore-1')).toMatchObject({ outcome: 'reverted', notifiedAt: expect.any(String) });
    expect(running()).toBe('v1.0.0');
    expect(world.route).toMatchObject({ maintenance: 'off' });
    expect(world.instances.find('database')).toMatchObject({ resource: 'db-1', status: 'available' });
    expect(world.turn().holder).toBeNull();
  },
);
