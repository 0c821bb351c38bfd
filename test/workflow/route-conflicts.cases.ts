import { beginning } from './campaign/beginning';
import { comesTo, MINUTE, over, toRest } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';

/** The store's ETag is stale at each write of the route: somebody writes another key of it, again and again. */
let world: Simulation;
beforeEach(async () => {
  world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) });
});
afterEach(() => world.close());

const NEXT = 'v1.2.0';
/** Writes that one invocation tries. */
const ROUNDS = 8;

/** The next so many writes of the route by a handler meet a stale ETag. */
function conflicts(handler: string, times: number): void {
  world.interfere({
    matches: (call) => call.handler === handler && call.operation === 'PutKey',
    before: () => world.writeBesideRoute(),
    times,
  });
}

const writes = (handler: string) =>
  world.door.calls.filter((c) => c.handler === handler && c.operation === 'PutKey').length;

const comes = (state: string) => comesTo(world, NEXT, state);

const ask = (folder: string, request: object) =>
  world.invoke(folder, request).then(
    () => 'done',
    ({ name, message }: Error) => `${name}: ${message}`,
  );
const revert = () => ask('revert', { by: 'oscar', reason: 'broken' });
const cancel = () => ask('operate', { action: 'cancel', release: NEXT, by: 'oscar', reason: 'wrong' });
const retire = () => ask('retire-idle', world.schedules.at(-1)!.input);

describe('a step of a release', () => {
  const STEPS = ['deploy-idle', 'smoke-test', 'shift-traffic'];

  test.each(STEPS)('%s goes on after as many conflicts as it has rounds, but one', async (handler) => {
    conflicts(handler, ROUNDS - 1);
    await comes('AwaitTurn');
    await toRest(world);

    expect(world.record(NEXT)).toMatchObject({ outcome: 'released' });
    expect(atRest(world)).toEqual([]);
  });

  test.each(STEPS)(
    '%s is tried again when its rounds are over, and ends the release when that does not end',
    async (handler) => {
      conflicts(handler, Infinity);
      await comes('AwaitTurn');
      await over(world);

      // The state machine tries seven times.
      expect(writes(handler)).toBe(7 * ROUNDS);
      expect(world.record(NEXT)).toMatchObject({
        outcome: 'failed',
        reason: `Transient: the route was written by others ${ROUNDS} times in a row; try again`,
      });
      expect(world.route).toMatchObject({ live: 'blue', shift: null, releases: { blue: 'v1.1.0' } });
      await world.rest(16 * MINUTE);
      expect(atRest(world)).toEqual([]);
    },
  );
});

describe('a revert', () => {
  test('goes on after conflicts, and finds its own write', async () => {
    conflicts('revert', ROUNDS - 1);
    const answer = revert();
    await toRest(world);

    expect(await answer).toBe('done');
    expect(world.route).toMatchObject({ live: 'green', standby: 'blue' });
    expect(atRest(world)).toEqual([]);
  });

  test.each([
    ['warm', null, 'green', 'v1.0.0'],
    ['of a release that shifts', 'WaitShiftTraffic', 'blue', 'v1.1.0'],
    ['of a release that bakes', 'Bake', 'blue', 'v1.1.0'],
  ])(
    '%s whose rounds are over says so within the minute, and moves nobody; asked again it does',
    async (_what, state, live, release) => {
      if (state !== null) await comes(state);
      const before = world.route;
      conflicts('revert', ROUNDS);
      const asked = world.clock.read();
      let took = 0;
      const answer = revert().finally(() => (took = world.clock.read() - asked));
      await world.clock.pass(() => took > 0);

      expect(await answer).toBe(`Transient: the route was written by others ${ROUNDS} times in a row; try again`);
      expect(took).toBeLessThan(40_000);
      expect(writes('revert')).toBe(ROUNDS);
      expect(world.route).toEqual(before);
      const again = revert();
      await toRest(world);
      expect(await again).toBe('done');
      expect(world.route).toMatchObject({ live, releases: { [live]: release } });
      expect(atRest(world)).toEqual([]);
    },
  );
});

describe('a retirement', () => {
  test('whose rounds are over leaves the standby as it is; EventBridge asks again', async () => {
    conflicts('retire-idle', ROUNDS);
    const answer = retire();
    await world.rest(MINUTE);

    expect(await answer).toMatch(/^Transient: /);
    expect(world.route).toMatchObject({ standby: 'green', releases: { green: 'v1.0.0' } });
    expect(world.fleets.services.green!.desired).toBe(2);
    const again = retire();
    await toRest(world);
    expect(await again).toBe('done');
    expect(atRest(world)).toEqual([]);
  });
});

describe('recovery', () => {
  test.each(['AwaitApproval', 'WaitShiftTraffic', 'Bake'])(
    'of a release that stood at %s whose rounds are over, time after time, is made up for by the sweep',
    async (state) => {
      await comes(state);
      const end = world.clock.read() + 20 * MINUTE;
      world.interfere({
        matches: ({ handler, operation }) =>
          handler === 'recover-release' && operation === 'PutKey' && world.clock.read() < end,
        before: () => world.writeBesideRoute(),
        times: Infinity,
      });
      const answer = cancel();
      await world.rest(19 * MINUTE);
      expect(await answer).toBe('done');
      expect(world.record(NEXT)).not.toHaveProperty('outcome');
      expect(world.turn().holder).toMatchObject({ release: NEXT });
      await world.rest(16 * MINUTE);

      expect(world.record(NEXT)).toMatchObject({ outcome: 'canceled' });
      expect(world.route).toMatchObject({ live: 'blue', shift: null, releases: { blue: 'v1.1.0', green: null } });
      expect(atRest(world)).toEqual([]);
    },
  );
});
