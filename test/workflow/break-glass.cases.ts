import { claimIdle, formatRoute, moveRoute, parseRoute, revertToStandby, type Route } from '../../lambda/domain/route';
import { World } from './cloud/world';

interface BreakGlass {
  goBack(route: Route): Route;
  breakGlass(options: {
    prefix: string;
    reason: string;
    by: string;
    dryRun?: boolean;
    aws(...args: string[]): object;
    say(line: string): void;
  }): void;
}

// Plain JavaScript, which runs where nothing is installed.
// oxlint-disable-next-line typescript/no-require-imports -- an import would need types
const { breakGlass, goBack } = require('../../scripts/break-glass.cjs') as BreakGlass;

let world: World;
let said: string[];
let asked: string[];
/** Writes of somebody else, each right before one of ours. */
let conflicts: number;
beforeEach(async () => {
  world = new World();
  [said, asked, conflicts] = [[], [], 0];
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
});
afterEach(() => world.close());

/** The AWS CLI, as far as it is asked. */
function aws(route: () => Route, write: (text: string) => void) {
  return (service: string, verb: string, ...more: string[]): object => {
    asked.push(`${service} ${verb}`);
    if (verb === 'list-key-value-stores')
      return { KeyValueStoreList: { Items: [{ Name: 'notes-production-route', ARN: 'a' }] } };
    if (verb === 'describe-key-value-store') return { ETag: String(route().epoch) };
    if (verb === 'get-key') return { Value: formatRoute(route()) };
    if (verb === 'put-item') throw new Error('the ledger does not answer');
    if (conflicts-- > 0) throw new Error('An error occurred (ConflictException)');
    expect(more[more.indexOf('--if-match') + 1]).toBe(String(route().epoch));
    write(more[more.indexOf('--value') + 1]!);
    return {};
  };
}

function run(prefix = 'notes-production', dryRun = false): Route {
  let route = world.route!;
  const client = aws(
    () => route,
    (text) => (route = parseRoute(text)),
  );
  breakGlass({ prefix, reason: 'checkout fails', by: 'ann', dryRun, aws: client, say: (line) => said.push(line) });
  return route;
}

const writer = (epoch: number) => ({ release: `break-glass-${epoch}`, nonce: `break-glass-${epoch}` });

test('viewers get the standby, by the write that a revert would make', () => {
  const { epoch } = world.route!;

  expect(run()).toEqual(parseRoute(formatRoute(moveRoute(world.route!, revertToStandby(), writer(epoch + 1)))));
  expect(new Set(asked.map((each) => each.split(' ')[0]))).toEqual(
    new Set(['cloudfront', 'cloudfront-keyvaluestore', 'dynamodb']),
  );
  expect(said.join('\n')).toMatch(/viewers get green \(v1\.0\.0\) .*\nwarning: new releases are not held: the ledger/);
});

test('while a release shifts, viewers stay with what is live', async () => {
  world.release('v1.2.0');
  await world.until('v1.2.0', 'AwaitApproval');
  await world.approve('v1.2.0');
  await world.clock.pass(() => world.route?.shift !== null);

  expect(run()).toMatchObject({ live: 'blue', shift: null, sticky: null, standby: null });
});

test('a write of somebody else is seen, not written over', () => {
  conflicts = 2;

  expect(run()).toMatchObject({ live: 'green' });
  expect(asked.filter((each) => each.endsWith('put-key'))).toHaveLength(3);
});

test('nothing is written where nothing is warm, for another environment, or to try it', () => {
  const { live, epoch } = world.route!;

  expect(run('notes-production', true)).toMatchObject({ live, epoch });
  expect(() => run('notes-prod')).toThrow('there is no store notes-prod-route');
  expect(() => goBack(moveRoute(world.route!, claimIdle('v1.2.0'), writer(epoch + 1)))).toThrow('no color is warm');
  expect(asked).not.toContain('cloudfront-keyvaluestore put-key');
});

test.each(['WaitShiftTraffic', 'Bake'])(
  'a release that runs, at %s, takes itself back and leaves the route',
  async (state) => {
    world.release('v1.2.0');
    await world.until('v1.2.0', 'AwaitApproval');
    await world.approve('v1.2.0');
    await world.until('v1.2.0', state);
    const route = run();
    const { ETag } = (await world.door.operations.DescribeKeyValueStore!({})) as { ETag: string };
    await world.door.operations.PutKey!({ Key: 'route', Value: formatRoute(route), IfMatch: ETag });
    await world.rest(3_600_000);

    expect(world.route).toMatchObject({ live: 'blue', shift: null });
    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'reverted' });
    expect(world.turn().holder).toBeNull();
  },
);
