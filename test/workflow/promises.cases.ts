import fc from 'fast-check';
import { beginning } from './campaign/beginning';
import { FAULTS, keyOf, placesOf, type Run, runWithFault } from './campaign/faults';
import { hundredTags } from './campaign/hundred';
import { play, sequence } from './campaign/model';
import { inOrderOf } from './campaign/order';
import { SCENARIOS } from './campaign/scenarios';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';

/** A share of the fault campaign: another one with another seed. */
const SEED = 20261121;
const RUNS = 150;

const runs: Run[] = [];

describe('every scenario, without any fault, keeps the promises and ends as told', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (scenario, { ends }) => {
    const { places, broken, end } = await placesOf(scenario);
    for (const place of places) {
      for (const fault of Object.keys(FAULTS) as Run['fault'][]) runs.push({ scenario, place, fault });
    }
    expect({ broken, end }).toEqual({ broken: [], end: ends ?? end });
  });
});

test(`a share of the fault campaign: ${RUNS} calls, each with a fault`, async () => {
  const broken: string[] = [];
  let met = 0;
  for (const run of inOrderOf(SEED, runs).slice(0, RUNS)) {
    const result = await runWithFault(run);
    if (result.met) met++;
    broken.push(...result.broken.map((what) => `${keyOf(run)}: ${what}`));
  }
  expect(broken).toEqual([]);
  expect(met).toBe(RUNS);
  expect(runs.length).toBeGreaterThan(30_000);
}, 60_000);

test('a share of the model campaign: 300 random sequences', async () => {
  const from = await beginning(PRODUCTION);
  const property = fc.asyncProperty(sequence, async (each) => expect(await play(each, from)).toEqual([]));
  await fc.assert(property, { numRuns: 300, seed: SEED });
}, 60_000);

describe('a hundred tags in one minute', () => {
  test.each([
    ['queue', { released: 100 }, 100],
    ['supersede', { released: 2, superseded: 98 }, 2],
    ['reject', { released: 1, superseded: 99 }, 1],
  ] as const)(
    '%s',
    async (concurrency, ends, turns) => {
      const found = await hundredTags(concurrency);

      expect(found.broken).toEqual([]);
      expect(found.ends).toEqual(ends);
      // Whoever has had the turn does not get it again, and those that waited got it in the order of their tags.
      expect(found.turns).toEqual([...new Set(found.turns)]);
      expect(found.turns).toHaveLength(turns);
      expect(found.turns).toEqual([...found.turns].sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1])));
      // What a release asks AWS for does not grow with those that wait: nobody polls.
      expect(found.callsEach).toBeLessThan(250);
      expect(found.callsWhileWaiting).toBeLessThan(10);
    },
    60_000,
  );
});

/** Calls that no handler makes: the watch has to find each. */
describe('the watch finds', () => {
  let world: Simulation;
  beforeEach(async () => (world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) })));
  afterEach(() => world.close());
  const key = async (route: object) => ({ Value: JSON.stringify(route), IfMatch: String(world.etag()) });

  test.each<[RegExp, string, () => Promise<object>]>([
    [/^P1: .* shrinks/, 'UpdateService', async () => ({ service: 'blue', desiredCount: 1 })],
    [
      /^P1: .* another revision/,
      'UpdateService',
      async () => ({ service: 'blue', desiredCount: 2, taskDefinition: 'green' }),
    ],
    [
      /^P1: the revision/,
      'DeregisterTaskDefinition',
      async () => ({ taskDefinition: world.fleets.services.blue!.taskDefinition }),
    ],
    [/^P2: the standby is changed/, 'UpdateService', async () => ({ service: 'green', desiredCount: 0 })],
    [
      /^P2: viewers are sent to a color without/,
      'PutKey',
      () => key({ ...world.route, epoch: 99, releases: { blue: null, green: null } }),
    ],
    [
      /^P2: .* 0 of 2 healthy/,
      'PutKey',
      () => {
        world.fleets.services.green!.healthy = 0;
        return key({ ...world.route, live: 'green', standby: null });
      },
    ],
    [/^P4: a write of the route is lost/, 'PutKey', () => key(world.route!)],
    [
      /^P4: a change of the turn is lost/,
      'Put',
      async () => ({ Item: { pk: 'environment', sk: 'turn', revision: 1, number: 0, holder: null } }),
    ],
    [/^P5: .* without the restore point/, 'ApplyChangeset', async () => ({ changeset: 'a', release: 'v9' })],
  ])('%s', async (promise, operation, input) => {
    const call = world.door.call(operation, await input());
    await world.rest(1_000);
    await call;

    expect(world.violations).toContainEqual(expect.stringMatching(promise));
  });
});
