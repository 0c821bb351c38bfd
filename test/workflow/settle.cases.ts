import { beginning } from './campaign/beginning';
import { approveBeside, HOUR, MINUTE, over, toRest } from './campaign/people';
import { atRest } from './cloud/at-rest';
import type { Call } from './cloud/door';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';

/** What the fault campaign and the model found: each was a promise that was broken. */
let world: Simulation;
beforeEach(async () => {
  world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) });
});
afterEach(() => world.close());

const ROUTE = ['DescribeKeyValueStore', 'GetKey', 'PutKey'];
const calls = (handler: string, operation: string) => (call: Call) =>
  call.handler === handler && call.operation === operation;
const event = (release: string, name: string) => world.ledger.read(`events#${release}`, `event#${name}`);

test('what a warm revert could not write beside the route is written by the sweep', async () => {
  world.interfere({
    matches: ({ handler, operation }) => handler === 'revert' && !ROUTE.includes(operation),
    fault: 'denied',
    times: Infinity,
  });
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  await world.rest(16 * MINUTE);

  const record = world.ledger.all().find(({ kind }) => kind === 'revert');
  expect(record).toMatchObject({ outcome: 'released', version: 'v1.0.0', notifiedAt: expect.any(String) });
  expect(world.ledger.read('environment', 'live')).toMatchObject({
    release: 'v1.0.0',
    previous: { release: 'v1.1.0' },
  });
  expect(atRest(world)).toEqual([]);
});

test('a standby whose retirement failed three times is retired by the sweep', async () => {
  world.interfere({ matches: ({ handler }) => handler === 'retire-idle', fault: 'denied', times: Infinity });
  await world.rest(2 * HOUR);

  expect(world.route).toMatchObject({ live: 'blue', standby: null });
  expect(world.fleets.services.green!.desired).toBe(0);
});

test('a retirement that gave the standby up and could not scale it in is finished by the sweep', async () => {
  world.interfere({ matches: calls('retire-idle', 'UpdateService'), fault: 'denied', times: Infinity });
  await world.rest(2 * HOUR);

  expect(world.fleets.services.green!.desired).toBe(0);
});

test('a first release that fails after it went live stays live, and the ledger says so', async () => {
  world.close();
  world = new Simulation(PRODUCTION);
  world.release('v1.0.0');
  void approveBeside(world, 'v1.0.0');
  world.interfere({ matches: calls('bake', 'DescribeAlarms'), fault: 'denied', times: Infinity });
  await toRest(world);

  const { endedAt } = world.record('v1.0.0') as { endedAt?: string };
  expect(world.record('v1.0.0')).toMatchObject({ outcome: 'failed' });
  expect(world.ledger.read('environment', 'live')).toMatchObject({ release: 'v1.0.0', at: endedAt });
  expect(atRest(world)).toEqual([]);
});

test('a turn stands in the ledger before its holder hears of it', async () => {
  world.interfere({ matches: calls('await-turn', 'SendTaskSuccess'), fault: 'lost' });
  world.release('v1.2.0');
  await world.rest(30_000);

  expect(event('v1.2.0', 'AwaitTurn')).toBeDefined();
});

test('a decision stands in the ledger before the release hears of it', async () => {
  world.interfere({ matches: calls('decide', 'SendTaskSuccess'), fault: 'lost' });
  world.release('v1.2.0');
  void approveBeside(world, 'v1.2.0');
  await over(world);

  expect(event('v1.2.0', 'Decision')).toBeDefined();
});

test('a release that was reverted before it could finish has its last event all the same', async () => {
  world.interfere({
    matches: calls('complete-release', 'PutImage'),
    before: () => world.invoke('revert', { by: 'oscar', reason: 'broken' }),
    fault: 'killed',
  });
  world.release('v1.2.0');
  void approveBeside(world, 'v1.2.0');
  await toRest(world);

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released' });
  expect(event('v1.2.0', 'CompleteRelease')).toBeDefined();
});

test('a revert recognises its own move after the recovery of another release has written the route', async () => {
  world.interfere({ matches: calls('revert', 'PutKey'), fault: 'killed' });
  world.release('v1.2.0');
  await world.until('v1.2.0', 'CheckImage');
  await world.call('revert', { by: 'oscar', reason: 'broken' }).catch(() => undefined);
  await world
    .call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' })
    .catch(() => undefined);
  await world.rest(30_000);
  await world.call('revert', { by: 'oscar', reason: 'broken' });

  expect(world.route?.writer.nonce).toMatch(/^revert-/);
  expect(world.ledger.read('environment', 'live')).toMatchObject({ release: 'v1.0.0' });
});

test('a claim that comes between the look of recovery and its write is taken back', async () => {
  world.interfere(
    {
      matches: calls('deploy-idle', 'PutKey'),
      before: async () => {
        await world.invoke('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
        await world.clock.sleep(5_000);
      },
    },
    { matches: calls('recover-release', 'PutKey'), before: () => world.clock.sleep(10_000) },
  );
  world.release('v1.2.0');
  await world.rest(3 * MINUTE);

  expect(world.route?.releases.green).toBeNull();
  expect(world.turn().holder).toBeNull();
});

test('a release that is about to claim its color while a revert sends viewers back finds the hold', async () => {
  world.release('v1.2.0');
  await world.until('v1.2.0', 'DeployIdle');
  // The revert dies right after the route is written: it can neither stop the release nor record itself.
  world.interfere(
    {
      matches: calls('deploy-idle', 'PutKey'),
      before: () => world.invoke('revert', { by: 'oscar', reason: 'broken' }).catch(() => undefined),
    },
    { matches: calls('revert', 'PutKey'), fault: 'killed' },
  );
  await world.rest(30 * MINUTE);

  expect(world.record('v1.2.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^EnvironmentHeld/),
  });
  expect(world.route).toMatchObject({ live: 'green', releases: { green: 'v1.0.0' } });
  expect(atRest(world)).toEqual([]);
});

test('a release does not come over a revert that the ledger does not know, and that could not hold it', async () => {
  world.interfere({ matches: calls('revert', 'Put'), fault: 'denied', times: Infinity });
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  world.release('v1.2.0');
  await world.rest(30 * MINUTE);

  expect(world.record('v1.2.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^EnvironmentHeld/),
  });
  expect(world.route).toMatchObject({ live: 'green', standby: 'blue' });
  expect(atRest(world)).toEqual([]);
});

test('what a release has migrated stands in the ledger also when it is held right afterwards', async () => {
  world.changelog = ['a::1::ann'];
  world.release('v1.2.0');
  await world.until('v1.2.0', 'VerifyMigration');
  world.ledger.load([{ pk: 'environment', sk: 'hold', reason: 'broken', by: 'oscar', at: '2026-11-21T09:00:00Z' }]);
  await over(world);

  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'failed' });
  expect(event('v1.2.0', 'Migrate')).toMatchObject({ changesets: ['a::1::ann'] });
});

test('a revert whose route was moved between look and write looks again: the standby is another one, and may be dead', async () => {
  const ask = (by: string) => world.invoke('revert', { by, reason: `asked by ${by}` });
  let asked = 0;
  world.interfere({
    matches: (call) => calls('revert', 'PutKey')(call) && asked++ === 0,
    before: async () => {
      await ask('olga');
      await ask('otto');
      world.fleets.services.green!.healthy = 0;
    },
  });
  void ask('oscar').catch(() => undefined);
  await world.rest(5 * MINUTE);

  expect(world.routes.length).toBeGreaterThan(1);
  expect(world.violations).toEqual([]);
});
