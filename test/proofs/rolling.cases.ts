import { loadConfig } from '../../lib/config/load';
import type { Access } from '../../local/cloud/access';
import type { Statement } from '../../local/cloud/iam';
import { ROLLING } from '../workflow/cloud/stage';
import { by, HOUR } from './acts';
import { allowed, handlersOf, list, needsOf, statementsOf } from './permissions';
import { assemblyOf } from './production';
import { type RecordedCall, RecordedWorld } from './recorded-world';
import { assembly as production } from './runs';

/** Functions that only an environment with one fleet has: what they may do is proven here, down to each statement. */
const OWN = ['roll-live', 'smoke-live', 'complete-roll', 'recover-roll'];

/** What may happen to an environment with one fleet that runs v1.1.0. */
const SCENARIOS: Readonly<Record<string, (world: RecordedWorld) => Promise<unknown>>> = {
  'a release': async (world) => {
    world.release('v1.2.0');
    await world.rest(HOUR);
  },
  'a release that fails, while others wait': async (world) => {
    await stuck(world, 'v1.2.0');
    world.release('v1.3.0');
    await world.rest(HOUR);
    await world.call('recover-roll', { sweep: true });
  },
  'a release that is refused before the ledger knows it': async (world) => {
    const missing = Object.assign(new Error('no such key'), { name: 'NoSuchKey' });
    world.interfere({ matches: by('open-release', 'GetObject'), before: () => Promise.reject(missing) });
    world.release('v1.2.0');
    await world.rest(HOUR);
  },
  'a release that is canceled, noticed by the sweep alone': async (world) => {
    await stuck(world, 'v1.2.0');
    world.eventsArrive = false;
    await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
    await world.call('recover-roll', { sweep: true });
  },
  'a release that was complete, but could not finish': async (world) => {
    world.interfere({ matches: by('complete-roll', 'PutImage'), fault: 'killed', times: 20 });
    world.release('v1.2.0');
    await world.rest(HOUR);
  },
  'a release that ends well, or fails, and tells what others could not': async (world) => {
    for (const [version, well] of Object.entries({ 'v1.2.0': true, 'v1.3.0': false })) {
      await stuck(world, version);
      const startedAt = new Date(world.clock.read()).toISOString();
      const { name: release, arn: execution } = world.executions.all[0]!;
      const claim = { release, execution, kind: 'release', startedAt, token: 'token-0-v1.0.0-AwaitTurn' };
      const untold = ['Superseded', 'RevertedMeanwhile'].map((error) => ({ claim, error, reason: 'told late' }));
      await world.ledger.operations.Put({ Item: { ...world.turn(), pk: 'environment', sk: 'turn', untold } });
      if (well) delete world.fleets.services.blue!.healthy;
      await world.rest(HOUR);
    }
  },
  'a release that ends well, or fails, and grants the turn to the dead': async (world) => {
    for (const [version, next, well] of [
      ['v1.2.0', 'v1.3.0', true],
      ['v1.4.0', 'v1.5.0', false],
    ] as const) {
      world.eventsArrive = true;
      await stuck(world, version);
      world.release(next);
      await world.rest(5_000);
      world.eventsArrive = false;
      await world.call('operate', { action: 'cancel', release: next, by: 'oscar', reason: 'wrong' });
      if (well) delete world.fleets.services.blue!.healthy;
      await world.rest(HOUR);
    }
  },
};

/** A release that waits for its tasks to become healthy. */
async function stuck(world: RecordedWorld, version: string): Promise<void> {
  world.fleets.services.blue!.healthy = 0;
  world.release(version);
  await world.until(version, 'AwaitHealthy');
  await world.rest(2_000);
}

const rolling = assemblyOf('dev', loadConfig());
const calls: RecordedCall[] = [];
let needs: Map<string, Access[]>;

const needsFor = (handler: string) => needs.get(handler) ?? [];

describe('an environment with one fleet', () => {
  beforeAll(async () => {
    for (const run of Object.values(SCENARIOS)) {
      const world = new RecordedWorld(rolling, ROLLING);
      world.policy = { ...world.policy, repository: 'notes/dev' };
      try {
        for (const version of ['v1.0.0', 'v1.1.0']) {
          world.release(version);
          await world.rest(HOUR);
        }
        await run(world);
      } finally {
        world.close();
        calls.push(...world.recorded);
      }
    }
    needs = needsOf(rolling, calls);
  }, 60_000);

  test('every call of every scenario is allowed to the function that makes it', () => {
    const denied = [...needs.keys()]
      .filter((handler) => handler !== 'operator')
      .flatMap((handler) =>
        needsFor(handler)
          .filter((need) => !allowed(statementsOf(rolling, handler), need))
          .map(({ action, resource }) => `${handler}: ${action} on ${resource}`),
      );
    expect(denied).toEqual([]);
    expect(OWN.filter((handler) => needsFor(handler).length === 0)).toEqual([]);
  });

  test('every action of its own functions is used, and without any one statement some call is denied', () => {
    const found = OWN.flatMap((handler) =>
      statementsOf(rolling, handler).flatMap((statement, _index, all) => {
        const uses = (part: Partial<Statement>) =>
          needsFor(handler).some((need) => allowed([{ ...statement, ...part }], need));
        const others = all.filter((each) => each !== statement);
        return [
          ...list(statement.Action).filter((Action) => !uses({ Action })),
          ...(needsFor(handler).every((need) => allowed(others, need))
            ? [`nothing needs ${list(statement.Action).join()}`]
            : []),
        ].map((part) => `${handler}: ${part}`);
      }),
    );
    expect(found).toEqual([]);
  });

  test('its other functions may do nothing that they may not in production, where each action is used', () => {
    const actions = (statements: readonly Statement[]) => new Set(statements.flatMap(({ Action }) => list(Action)));
    const shared = handlersOf(rolling).filter((handler) => !OWN.includes(handler));
    const known = new Set(handlersOf(production));
    const beyond = shared.flatMap((handler) => {
      if (!known.has(handler)) return [`${handler}: production has none, prove it in OWN`];
      const there = actions(statementsOf(production, handler));
      return [...actions(statementsOf(rolling, handler))]
        .filter((action) => !there.has(action))
        .map((action) => `${handler}: ${action}`);
    });
    expect(beyond).toEqual([]);
    expect(shared.length).toBeGreaterThan(10);
  });

  test('no statement names a part of another environment', () => {
    const resources = handlersOf(rolling).flatMap((handler) =>
      statementsOf(rolling, handler).flatMap(({ Resource }) => list(Resource)),
    );
    expect(resources.filter((each) => /notes[-/](staging|production)/.test(each))).toEqual([]);
  });
});
