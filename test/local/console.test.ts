import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { eventWords, headline } from '../../console/words';
import type { LedgerEvent, ReleaseRecord } from '../../lambda/aws/ledger';
import { timeline } from '../../lambda/domain/timeline';
import { pageFiles } from '../../lib/constructs/page';
import { Gateway } from '../../local/console/gateway';
import { Issuer } from '../../local/console/issuer';
import { type LocalPerson, PEOPLE } from '../../local/console/people';
import { fixtureAssembly, type FixtureAssembly } from './fixtures/assembly';

const [OLGA, QUINN] = PEOPLE as [LocalPerson, LocalPerson, ...LocalPerson[]];

const route = (RouteKey: string, AuthorizationType: string) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: { RouteKey, AuthorizationType, Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] } },
});

describe('the console on this machine', () => {
  const invoked: { routeKey: string; pathParameters: object; requestContext: object }[] = [];
  let fixture: FixtureAssembly;
  let issuer: Issuer;
  let gateway: Gateway;

  beforeAll(async () => {
    fixture = fixtureAssembly({
      console: {
        Resources: {
          Integration: {
            Type: 'AWS::ApiGatewayV2::Integration',
            Properties: { IntegrationUri: 'arn:of:the:function' },
          },
          Page: route('GET /', 'NONE'),
          Act: route('POST /api/acts/{act}', 'JWT'),
        },
      },
    });
    const claims = { name: 'email', roles: 'cognito:groups' };
    issuer = await Issuer.open({ clientId: 'client', claims, console: () => gateway.url });
    gateway = await Gateway.open({
      assembly: fixture.assembly,
      verify: (token) => issuer.verify(token),
      addresses: { 'https://edge.test': 'http://127.0.0.1:1' },
      functions: {
        invoke: async (_arn, event) => {
          invoked.push(event as never);
          return { statusCode: 200, headers: { 'x-own': '1' }, body: 'see https://edge.test/preview' };
        },
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await issuer.close();
    fixture.remove();
  });

  const act = (token?: string) =>
    fetch(`${gateway.url}/api/acts/re%20vert`, {
      method: 'POST',
      body: '{}',
      headers: token ? { authorization: `Bearer ${token}` } : {},
    });

  test('lets nobody act whose token is missing, has ended, is another’s or was changed', async () => {
    const ended = await issuer.token(OLGA, '', -1);
    const good = await issuer.token(QUINN);
    const [head, payload, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const operators = Buffer.from(JSON.stringify({ ...claims, 'cognito:groups': ['operators'] })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const tokens = [undefined, ended, `${head}.${operators}.${signature}`, `${none}.${payload}.`];

    for (const token of tokens) expect((await act(token)).status).toBe(401);

    expect(invoked).toEqual([]);
  });

  test('hands the function what API Gateway hands it, lists of claims as text', async () => {
    const answer = await act(await issuer.token(QUINN));

    expect(await answer.text()).toBe('see http://127.0.0.1:1/preview');
    expect(answer.headers.get('x-own')).toBe('1');
    expect(invoked.at(-1)).toMatchObject({
      routeKey: 'POST /api/acts/{act}',
      pathParameters: { act: 're vert' },
      requestContext: { authorizer: { jwt: { claims: { email: 'quinn@example.com', 'cognito:groups': '[qa]' } } } },
    });
  });

  test('answers 404 where there is no route, and nobody who found it by another name', async () => {
    const underAnotherName = await new Promise((resolve, reject) => {
      const asked = request(gateway.url, { headers: { host: 'evil.test' } }, ({ statusCode }) => resolve(statusCode));
      asked.on('error', reject).end();
    });

    expect((await fetch(`${gateway.url}/api/acts/revert`)).status).toBe(404);
    expect(underAnotherName).toBe(403);
  });

  describe('the sign-in', () => {
    const verifier = 'a-verifier-that-is-long-enough-for-the-standard';
    const wish = () => ({
      client_id: 'client',
      redirect_uri: `${gateway.url}/`,
      state: 'state',
      nonce: 'nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    const choose = async (given: Record<string, string>) => {
      const body = new URLSearchParams({ ...given, person: 'Quinn' });
      const answer = await fetch(`${issuer.url}/authorize`, { method: 'POST', body, redirect: 'manual' });
      return new URL(answer.headers.get('location') ?? 'http://none').searchParams.get('code') ?? '';
    };
    const exchange = (code: string, given: Record<string, string> = {}) =>
      fetch(`${issuer.url}/token`, {
        method: 'POST',
        body: new URLSearchParams({ code, code_verifier: verifier, redirect_uri: `${gateway.url}/`, ...given }),
      });

    test('gives a token for a code, once', async () => {
      const code = await choose(wish());

      const first = (await (await exchange(code)).json()) as { id_token: string };
      const again = await exchange(code);

      expect(await issuer.verify(first.id_token)).toMatchObject({ email: 'quinn@example.com', nonce: 'nonce' });
      expect(again.status).toBe(400);
    });

    test.each([
      ['another page’s verifier', { code_verifier: 'stolen' }],
      ['another address', { redirect_uri: 'http://127.0.0.1:9/' }],
    ])('gives none for %s', async (_what, given) => {
      expect((await exchange(await choose(wish()), given)).status).toBe(400);
    });

    test('sends nobody to another address than the console’s', async () => {
      expect(await choose({ ...wish(), redirect_uri: 'http://evil.test/' })).toBe('');
    });
  });
});

describe('the words of the page', () => {
  const at = '2026-11-21T10:00:00.000Z';
  const record = { kind: 'release', version: 'v1.1.0', startedAt: at, execution: 'arn' };
  const restore = { ...record, kind: 'restore' };
  const named = (...names: string[]) => names.map((event) => ({ event, at }));

  test.each<[string, object, string[]]>([
    ['v1.1.0 waits for its turn', record, ['OpenRelease']],
    ['v1.1.0 is released', { ...record, outcome: 'released' }, ['OpenRelease']],
    ['v1.1.0 is back by a revert', { ...record, kind: 'revert', outcome: 'released' }, []],
    ['The restore of the database waits for approval', restore, ['OpenRestore', 'PlanRestore', 'AwaitApproval']],
    ['The restore of the database is under way', restore, ['OpenRestore', 'AwaitApproval', 'Decision']],
    ['The restore of the database is done', { ...restore, outcome: 'restored' }, ['OpenRestore']],
  ])('%s', (words, given, names) => {
    const phases = timeline(given as ReleaseRecord, named(...names) as LedgerEvent[]);

    expect(headline(given as ReleaseRecord, phases)).toBe(words);
  });

  test('say what a restore would lose to whoever has to approve it', () => {
    const plan = { event: 'PlanRestore', at, lostMinutes: 90, releases: [{}], changesets: 2 };

    expect(eventWords(plan as unknown as LedgerEvent)).toMatch(/lose 90 minutes of writes.*1 release and 2 changesets/);
  });
});

describe('the page', () => {
  const files = pageFiles();

  test('is at most 100 KB compressed, all that is loaded first', () => {
    const bytes = Object.values(files).reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(bytes).toBeGreaterThan(5_000);
  });

  test('names nothing that would be loaded from elsewhere', () => {
    for (const [name, text] of Object.entries(files)) {
      const addresses = text.match(/(src|href)="(https?:)?\/\/[^"]*"|url\(["']?(https?:)?\/\/|@import/g);
      expect([name, addresses]).toEqual([name, null]);
    }
  });

  test('asks for its script and its style by the hash of their content', () => {
    const asked = [...files['index.html']!.matchAll(/"\/assets\/([^"]+)"/g)].map(([, name]) => name);
    expect(asked.sort()).toEqual(
      Object.keys(files)
        .filter((name) => name !== 'index.html')
        .sort(),
    );
  });
});
