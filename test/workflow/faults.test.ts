import type { Call, Fault } from './cloud/door';
import { digestOf, World } from './cloud/world';

const FAULTS: readonly Fault[] = ['throttled', 'broken', 'denied', 'lost', 'twice', 'killed'];
const ENDS = ['released', 'rejected', 'failed', 'superseded', 'canceled', 'reverted'];

/** v1.0.0 is live; v1.1.0 is released, approved as soon as somebody asks. */
async function release(world: World): Promise<void> {
  world.release('v1.1.0');
  await world.clock.pass(() => world.ledger.read('release#v1.1.0', 'approval') !== undefined, 3_600_000);
  for (let click = 0; click < 3 && world.executions.all.at(-1)?.status === 'RUNNING'; click++) {
    await world.rest(60_000);
    await world.call('decide', { release: 'v1.1.0', decision: 'approve', by: 'quinn' }).catch(() => undefined);
  }
  await world.rest(3_600_000);
  await world.call('recover-release', { sweep: true }).catch(() => undefined);
  await world.rest(3_600_000);
}

async function withOneLive(): Promise<World> {
  const world = new World();
  await world.releaseFully('v1.0.0');
  return world;
}

/** What promises P1 to P4 say once everything has come to rest. */
function broken(world: World): string[] {
  const record = world.record('v1.1.0');
  const { route } = world;
  const served = route?.releases[route.live];
  const live = world.ledger.read('environment', 'live');
  const claims: [boolean, string][] = [
    [ENDS.includes(record?.outcome ?? ''), `ended as ${record?.outcome}`],
    [world.turn()?.holder === null, `the turn belongs to ${world.turn()?.holder?.release}`],
    [world.notifications.some(({ id }) => id === 'v1.1.0:end'), 'nobody was told'],
    [
      served === (record?.outcome === 'released' ? 'v1.1.0' : 'v1.0.0'),
      `${record?.outcome}, but viewers get ${served}`,
    ],
    [live?.release === served, `viewers get ${served}, recorded as live is ${String(live?.release)}`],
    [world.liveTag === digestOf(served ?? ''), 'the live tag is on another image'],
    [world.fleets.image(route?.live ?? '').includes(digestOf(served ?? '')), 'the live fleet runs another image'],
    [(world.fleets.services[route?.live ?? '']?.desired ?? 0) >= 2, 'the live fleet is too small'],
    [world.fleets.targets[route?.live ?? '']?.suspended === false, 'the live fleet does not scale in'],
    [route?.shift === null, 'a shift goes on'],
    [world.routes.every(({ route: each, healthy }) => each.epoch < 3 || healthy[each.live]! > 0), 'a route to nobody'],
    [
      world.routes.every(({ route: { epoch } }, i, all) => i === 0 || epoch > all[i - 1]!.route.epoch),
      'epochs do not grow',
    ],
  ];
  return claims.filter(([holds]) => !holds).map(([, what]) => what);
}

test('whatever goes wrong once, at whichever call of a release, the promises hold', async () => {
  const first = await withOneLive();
  const from = first.door.calls.length;
  await release(first);
  const calls: Call[] = first.door.calls.slice(from);
  first.close();
  expect(calls.length).toBeGreaterThan(80);

  const failures: string[] = [];
  const ends: Record<string, number> = {};
  let untouched = 0;
  for (const { handler, operation, nth } of calls) {
    for (const fault of FAULTS) {
      const world = await withOneLive();
      world.interfere({
        matches: (call) => call.handler === handler && call.operation === operation && call.nth === nth,
        fault,
      });
      await release(world);
      if (world.door.interferences[0]?.times !== 0) untouched++;
      const end = world.record('v1.1.0')?.outcome ?? 'none';
      ends[end] = (ends[end] ?? 0) + 1;
      failures.push(...broken(world).map((what) => `${handler} ${operation} ${nth} ${fault}: ${what}`));
      world.close();
    }
  }
  expect(failures).toEqual([]);
  expect(untouched).toBe(0);
  // Most faults are got over; the others end the release, and nothing else.
  expect(Object.keys(ends).sort()).toEqual(['failed', 'released']);
  expect(ends.released).toBeGreaterThan(ends.failed as number);
}, 120_000);
