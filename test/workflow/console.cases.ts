import { CONSOLE_ACTS, CONSOLE_ROLES, type ConsoleAct, may, personOf } from '../../lambda/domain/console';
import { ask, OLGA, OWN_PAGE, perform, QUINN, tokenOf, VERA } from './cloud/console';
import { World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

const item = (pk: string, sk: string) => world.ledger.read(pk, sk) as Record<string, unknown> | undefined;
const freeze = { reason: 'sale', until: '2027-01-01T00:00:00Z' };
const RELEASE = 'v1.0.0';

/** A release that waits for its approval. */
async function waiting(release = RELEASE): Promise<void> {
  world.release(release);
  await world.until(release, 'AwaitApproval');
  await world.rest(2_000);
}

/** Everything that an act could change. */
const everything = () => JSON.stringify([world.ledger.all(), world.route, world.executions.all]);

describe('what somebody does at the console', () => {
  test('is recorded as theirs, and as authenticated', async () => {
    await perform(world, OLGA, 'freeze', freeze);

    expect(item('environment', 'freeze')).toMatchObject({ by: 'olga@example.com', reason: 'sale' });
    expect(world.ledger.all()).toContainEqual(
      expect.objectContaining({ act: 'freeze', by: 'olga@example.com', identity: 'authenticated' }),
    );
  });

  test('keeps viewers out and lets them in again, with a reason each', async () => {
    await world.releaseFully('v0.9.0');

    const began = await perform(world, OLGA, 'maintenance', { maintenance: 'read-only', reason: 'new disk' });
    const during = [world.route?.maintenance, item('environment', 'maintenance')];
    const odd = await perform(world, OLGA, 'maintenance', { maintenance: 'half', reason: 'new disk' });
    const silent = await perform(world, OLGA, 'maintenance', { maintenance: 'off' });
    await perform(world, OLGA, 'maintenance', { maintenance: 'off', reason: 'it is in' });

    expect(began).toMatchObject({ status: 200, body: { maintenance: 'read-only' } });
    expect(during).toMatchObject(['read-only', { by: 'olga@example.com', reason: 'new disk' }]);
    expect([odd.status, odd.body.message]).toEqual([409, expect.stringContaining('none of off, read-only, full')]);
    expect([silent.status, silent.body.message]).toEqual([400, '"reason" is missing']);
    expect(world.route?.maintenance).toBe('off');
  });

  test('goes from a release to its approval and to the way back', async () => {
    await world.releaseFully('v0.9.0');
    const { body: started } = await perform(world, OLGA, 'release', { version: 'v1.0.0' });
    const { release } = started;
    await world.until(release, 'AwaitApproval');
    await world.rest(2_000);
    const link = await perform(world, QUINN, 'preview', { release });
    const approved = await perform(world, QUINN, 'approve', { release });
    await world.rest(3_600_000);
    const live = world.route?.live;
    const reverted = await perform(world, OLGA, 'revert', { reason: 'prices are wrong', from: release });

    expect(link.body.url).toMatch(/^https:\/\/edge\.test\/\.greenroom\/preview.*[0-9a-f]{64}$/);
    expect(approved).toMatchObject({ status: 200, body: { by: 'quinn@example.com', first: true } });
    expect(world.record(release)).toMatchObject({ outcome: 'released' });
    expect(reverted).toMatchObject({ status: 200, body: { kind: 'warm', version: 'v0.9.0' } });
    expect(world.route?.live).not.toBe(live);
    expect(item('environment', 'hold')).toMatchObject({ by: 'olga@example.com', reason: 'prices are wrong' });
  });
});

describe('what is refused, with a message for the person', () => {
  test('an approval of a release that was superseded', async () => {
    world.policy = { ...world.policy, concurrency: 'supersede' };
    await waiting();
    for (const newer of ['v1.1.0', 'v1.2.0']) {
      world.release(newer);
      await world.rest(60_000);
    }

    const refused = await perform(world, QUINN, 'approve', { release: 'v1.1.0' });

    expect(world.record('v1.1.0')).toMatchObject({ outcome: 'superseded' });
    expect(refused).toMatchObject({ status: 409, body: { error: 'ApprovalVoid' } });
    expect(refused.body.message).toContain('does not wait for an approval');
  });

  test('an approval of a release that was canceled while it waited', async () => {
    await waiting();
    await perform(world, OLGA, 'cancel', { release: RELEASE, reason: 'v1.1.0 is better' });
    await world.rest();

    const refused = await perform(world, QUINN, 'approve', { release: RELEASE });

    expect(refused).toMatchObject({ status: 409, body: { error: 'ApprovalVoid' } });
    expect(refused.body.message).toContain('its approval is void');
  });

  test('a second approval changes nothing, and a rejection after it comes too late', async () => {
    await waiting();
    await perform(world, QUINN, 'approve', { release: RELEASE });

    const again = await perform(world, QUINN, 'approve', { release: RELEASE });
    const late = await perform(world, OLGA, 'reject', { release: RELEASE, reason: 'no' });

    expect(again).toMatchObject({ status: 200, body: { first: false } });
    expect(late).toMatchObject({ status: 409, body: { error: 'ApprovalVoid' } });
    expect(late.body.message).toContain('quinn@example.com decided to approve');
  });

  test('an approval by who asked for the release', async () => {
    const { body } = await perform(world, OLGA, 'release', { version: 'v1.0.0' });
    await world.until(body.release, 'AwaitApproval');
    await world.rest(2_000);

    const refused = await perform(world, OLGA, 'approve', { release: body.release });

    expect(refused).toMatchObject({ status: 409, body: { error: 'InvalidRelease' } });
    expect(refused.body.message).toContain('olga@example.com asked for');
  });

  test('a request that no authorizer let through', async () => {
    expect(await perform(world, undefined, 'freeze', freeze)).toMatchObject({
      status: 401,
      body: { error: 'NotSignedIn', message: expect.stringContaining('sign in again') },
    });
  });

  test('a token that is not the one that was verified', async () => {
    const event = { headers: { authorization: `Bearer a.${Buffer.from('{"sub":"x"}').toString('base64url')}.b` } };
    const claims = { requestContext: { authorizer: { jwt: { claims: { sub: 'y' } } } }, routeKey: 'GET /api/overview' };

    expect(await world.call('console-api', { ...event, ...claims })).toMatchObject({ statusCode: 401 });
  });

  const { 'x-greenroom-console': _own, ...withoutOwn } = OWN_PAGE;
  test.each<[string, Record<string, string>]>([
    ['has not the console’s header', withoutOwn],
    ['is a form', { ...OWN_PAGE, 'content-type': 'application/x-www-form-urlencoded' }],
    ['comes from another site', { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }],
    ['comes from another name of the same site', { ...OWN_PAGE, 'sec-fetch-site': 'same-site' }],
  ])('a forged act, which %s', async (_what, headers) => {
    await waiting();
    const before = everything();

    const refused = await perform(world, QUINN, 'approve', { release: RELEASE }, headers);

    expect(refused).toMatchObject({ status: 403, body: { error: 'Forged' } });
    expect(everything()).toBe(before);
  });

  test.each(Object.entries(CONSOLE_ACTS) as [ConsoleAct, string][])('to %s without the role %s', async (act, least) => {
    await waiting();
    const before = everything();
    const below = CONSOLE_ROLES.slice(0, CONSOLE_ROLES.indexOf(least as never));

    for (const role of below) {
      const refused = await perform(world, tokenOf('somebody', role), act, { release: RELEASE, ...freeze });
      expect(refused).toMatchObject({ status: 403, body: { error: 'NotAllowed' } });
      expect(refused.body.message).toContain(`takes the role "${least}"`);
    }

    expect(below.length).toBeGreaterThan(0);
    expect(everything()).toBe(before);
  });

  test.each<[string, ConsoleAct, object, string]>([
    ['a rejection without a reason', 'reject', { release: RELEASE }, '"reason" is missing'],
    ['a version that is none', 'release', { version: '1.0' }, 'no tag of the form vX.Y.Z'],
    ['a preview that is not open', 'preview', { release: 'v9.9.9' }, 'v9.9.9 has no preview'],
    ['an act that there is not', 'destroy' as ConsoleAct, {}, 'knows no act "destroy"'],
  ])('%s', async (_what, act, body, message) => {
    await world.releaseFully('v0.9.0');

    const refused = await perform(world, OLGA, act, body);

    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body.message).toContain(message);
  });
});

test('a fault of ours is told with where its cause stands, and the cause stands in the log alone', async () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const claims = process.env.CONSOLE_CLAIMS;
  process.env.CONSOLE_CLAIMS = '{"broken';

  const refused = await ask(world, VERA, 'GET /api/overview').finally(() => (process.env.CONSOLE_CLAIMS = claims));

  expect(refused).toMatchObject({ status: 500, body: { error: 'Unexpected' } });
  expect(refused.body.message).toMatch(/look at how things stand before you try again.*under the request id \S+$/);
  expect(refused.body.message).not.toContain('JSON');
  expect(String(logged.mock.calls)).toContain('JSON');
  expect(JSON.stringify(logged.mock.calls)).not.toMatch(/Bearer|sub-vera/);
  logged.mockRestore();
});

test('what people are told leads to the console, and holds neither token nor key', async () => {
  process.env.CONSOLE_URL = 'https://console.example.com/';

  await world.releaseFully(RELEASE);

  expect(world.notifications.map(({ id }) => id)).toEqual([`${RELEASE}:approval`, `${RELEASE}:end`]);
  for (const told of world.notifications) expect(told).toMatchObject({ link: 'https://console.example.com/' });
  expect(JSON.stringify(world.notifications)).not.toMatch(/token|\.greenroom|[?#]/i);
});

describe('what everybody with a role may read', () => {
  test('is not sent again while it is the same', async () => {
    await waiting();
    const first = await ask(world, VERA, 'GET /api/overview');

    const again = await ask(world, VERA, 'GET /api/overview', { headers: { 'if-none-match': first.etag as string } });
    await perform(world, QUINN, 'approve', { release: RELEASE });
    const after = await ask(world, VERA, 'GET /api/overview', { headers: { 'if-none-match': first.etag as string } });

    expect(first.body).toMatchObject({ me: { role: 'viewers', may: [] }, release: { record: { id: RELEASE } } });
    expect(again).toMatchObject({ status: 304, body: undefined });
    expect(after.status).toBe(200);
  });

  test('tells alarms and request rates of both colors while viewers are shifted', async () => {
    await world.releaseFully('v0.9.0');
    await waiting();
    await world.approve(RELEASE);
    await world.until(RELEASE, 'Bake');
    world.ringing.add('green');

    const { body } = await ask(world, VERA, 'GET /api/overview');

    expect(body.watch.green.alarms).toEqual([expect.objectContaining({ name: 'green', state: 'ALARM' })]);
    expect(body.watch.blue.alarms).toEqual([expect.objectContaining({ name: 'blue', state: 'OK' })]);
  });

  test('is found by words of the record', async () => {
    await world.releaseFully('v0.9.0');
    await waiting();
    const search = async (words: string) => {
      const { body } = await ask(world, VERA, 'GET /api/releases', { query: { search: words } });
      return body.releases.map(({ id }: { id: string }) => id);
    };

    expect(await search('')).toEqual([RELEASE, 'v0.9.0']);
    expect(await search('DANA released')).toEqual(['v0.9.0']);
    expect(await search('under way')).toEqual([RELEASE]);
    expect(await search('nobody')).toEqual([]);
  });

  test('is nothing without a role', async () => {
    const stranger = { ...VERA, roles: ['operators of something else'] };

    expect(await ask(world, stranger, 'GET /api/overview')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('has no role') },
    });
  });
});

describe('who somebody is', () => {
  const CLAIMS = { name: 'email', roles: 'roles' };

  test.each<[unknown, string | null]>([
    [['qa'], 'qa'],
    [['viewers', 'operators', 'other'], 'operators'],
    ['qa', 'qa'],
    ['qa operators', null],
    [undefined, null],
  ])('roles %j are %s', (roles, role) => {
    expect(personOf({ ...VERA, roles }, CLAIMS).role).toBe(role);
  });

  test.each([
    ['has no name', { email: undefined }],
    ['has not proven their address', { email_verified: false }],
    ['has not proven it, as Cognito writes it', { email_verified: 'false' }],
    ['has a name with a blank in it', { email: 'a b' }],
  ])('nobody who %s', (_what, claims) => {
    expect(() => personOf({ ...VERA, ...claims }, CLAIMS)).toThrow(expect.objectContaining({ name: 'NotSignedIn' }));
  });

  test('each role may do what the one before may', () => {
    for (const least of CONSOLE_ROLES) {
      const allowed = CONSOLE_ROLES.filter((role) => may({ name: 'a', role }, least));
      expect(allowed).toEqual(CONSOLE_ROLES.slice(CONSOLE_ROLES.indexOf(least)));
    }
  });
});
