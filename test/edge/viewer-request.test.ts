import {
  claimIdle,
  EDGE_NAMES,
  formatRoute,
  retireStandby,
  revertToStandby,
  type Route,
  seedRoute,
  shiftTo,
  withdraw,
} from '../../lambda/domain/route';
import { after, credentialOf, FIRST_RELEASE, hashOf, now, WAITING, WRITER } from './routes';
import { EdgeRuntime, viewerEvent, type Answer, type Decision } from './runtime';

const CREDENTIAL = credentialOf('release-2');
const waiting = after(...WAITING);
const NOBODY_AND_QA: Record<string, string>[] = [{}, { [EDGE_NAMES.previewHeader]: CREDENTIAL }];

function edgeWith(route: Route): EdgeRuntime {
  return new EdgeRuntime(() => formatRoute(route));
}

function answerOf(decision: Decision): Answer {
  if (decision.kind !== 'answer') throw new Error(`went to ${decision.origin}`);
  return decision.answer;
}

function requestOf(decision: Decision) {
  if (decision.kind !== 'origin') throw new Error(`was answered with ${decision.answer.statusCode}`);
  return decision.request;
}

describe('an ordinary viewer', () => {
  it.each([
    ['before the first release gets blue', seedRoute(WRITER), 'blue', 'none-blue'],
    ['gets the live color', after(...FIRST_RELEASE), 'green', 'release-1'],
    ['gets the live color while a release waits', waiting, 'green', 'release-1'],
    ['gets the new color after the cutover', after(...WAITING, shiftTo('release-2', 100)), 'blue', 'release-2'],
  ])('%s', async (_title, route, color, release) => {
    const decision = await edgeWith(route).run(viewerEvent());
    const { headers } = requestOf(decision);
    expect(decision).toMatchObject({ origin: color, reads: 1, logs: [] });
    expect(headers[EDGE_NAMES.colorHeader]?.value).toBe(color);
    expect(headers[EDGE_NAMES.releaseHeader]?.value).toBe(release);
    expect(headers[EDGE_NAMES.previewHeader]).toBeUndefined();
  });

  it('gains nothing by sending our headers', async () => {
    const headers = {
      [EDGE_NAMES.colorHeader]: 'blue',
      [EDGE_NAMES.releaseHeader]: 'release-2',
      'x-greenroom-once': 'mine',
      'x-greenroom-anything': '1',
    };
    const decision = await edgeWith(waiting).run(viewerEvent({ headers }));
    const ours = Object.entries(requestOf(decision).headers).filter(([name]) => name.startsWith('x-greenroom-'));
    expect(decision).toMatchObject({ origin: 'green' });
    expect(Object.fromEntries(ours)).toEqual({
      [EDGE_NAMES.colorHeader]: { value: 'green' },
      [EDGE_NAMES.releaseHeader]: { value: 'release-1' },
    });
  });

  it('keeps method, path, query, cookies and headers', async () => {
    const event = viewerEvent({
      method: 'POST',
      uri: '/notes/%C3%A9',
      query: { q: 'a b' },
      cookies: { session: 's' },
      headers: { 'content-type': 'application/json' },
    });
    const request = requestOf(await edgeWith(waiting).run(event));
    expect(request).toMatchObject({
      method: 'POST',
      uri: '/notes/%C3%A9',
      querystring: { q: { value: 'a b' } },
      cookies: { session: { value: 's' } },
      headers: { 'content-type': { value: 'application/json' } },
    });
  });
});

describe('a preview', () => {
  it.each([
    ['by header', { headers: { [EDGE_NAMES.previewHeader]: CREDENTIAL } }],
    ['by cookie', { cookies: { [EDGE_NAMES.previewCookie]: CREDENTIAL, session: 's' } }],
  ])('%s shows the idle color and keeps the credential from it', async (_title, carried) => {
    const decision = await edgeWith(waiting).run(viewerEvent({ ...carried, id: 'unique-1' }));
    const request = requestOf(decision);
    expect(decision).toMatchObject({ origin: 'blue', reads: 1, hashes: 1 });
    expect(request.headers).toMatchObject({
      [EDGE_NAMES.colorHeader]: { value: 'blue' },
      [EDGE_NAMES.releaseHeader]: { value: 'release-2' },
      [EDGE_NAMES.previewHeader]: { value: '1' },
      'x-greenroom-once': { value: 'unique-1' },
    });
    expect(JSON.stringify(request)).not.toContain(CREDENTIAL);
    expect(request.cookies).not.toHaveProperty(EDGE_NAMES.previewCookie);
  });

  const hour = now() + 3600;
  const withPreview = (preview: Route['preview']): Route => ({ ...waiting, preview });
  it.each([
    ['with a wrong credential', waiting, 'f'.repeat(64)],
    ['with an empty credential', waiting, ''],
    ['with a huge credential', waiting, 'f'.repeat(8000)],
    ['with the hash instead of the credential', waiting, hashOf(CREDENTIAL)],
    ['when nothing waits', after(...FIRST_RELEASE), CREDENTIAL],
    ['after the cutover', after(...WAITING, shiftTo('release-2', 100)), CREDENTIAL],
    ['that expired', withPreview({ hash: hashOf(CREDENTIAL), release: 'release-2', expires: now() - 1 }), CREDENTIAL],
    ['of another release', withPreview({ hash: hashOf(CREDENTIAL), release: 'release-3', expires: hour }), CREDENTIAL],
    ['of the live release', withPreview({ hash: hashOf(CREDENTIAL), release: 'release-1', expires: hour }), CREDENTIAL],
  ])('%s is refused, and never shows the live color', async (_title, route, credential) => {
    for (const carried of [
      { headers: { [EDGE_NAMES.previewHeader]: credential } },
      { cookies: { [EDGE_NAMES.previewCookie]: credential } },
    ]) {
      const answer = answerOf(await edgeWith(route).run(viewerEvent(carried)));
      expect(answer.statusCode).toBe(403);
      expect(answer.body.data).toContain('preview');
      expect(answer.headers['cache-control']).toEqual({ value: 'no-store' });
      expect(answer.cookies?.[EDGE_NAMES.previewCookie]).toMatchObject({
        value: '',
        attributes: expect.stringMatching(/Max-Age=0$/),
      });
    }
  });

  it('by link sets the cookie until the credential expires, and goes to the front page', async () => {
    const answer = answerOf(
      await edgeWith(waiting).run(viewerEvent({ uri: EDGE_NAMES.previewPath, query: { credential: CREDENTIAL } })),
    );
    const cookie = answer.cookies?.[EDGE_NAMES.previewCookie];
    const maxAge = Number(/Max-Age=(\d+)$/.exec(cookie?.attributes ?? '')?.[1]);
    expect(answer).toMatchObject({ statusCode: 302, headers: { location: { value: '/' } } });
    expect(cookie?.value).toBe(CREDENTIAL);
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
      expect(cookie?.attributes).toContain(attribute);
    expect(maxAge).toBeGreaterThan(3500);
    expect(maxAge).toBeLessThanOrEqual(3600);
  });

  it.each([
    ['a wrong credential', 'GET', { credential: 'nonsense' }, 403],
    ['no credential', 'GET', {}, 403],
    ['another method', 'POST', { credential: CREDENTIAL }, 404],
  ])('by link with %s sets no credential', async (_title, method, query, status) => {
    const event = viewerEvent({ method, uri: EDGE_NAMES.previewPath, query: query as Record<string, string> });
    const answer = answerOf(await edgeWith(waiting).run(event));
    expect(answer.statusCode).toBe(status);
    expect(answer.cookies?.[EDGE_NAMES.previewCookie]?.value ?? '').toBe('');
  });
});

describe('assets', () => {
  const asset = viewerEvent({ uri: '/assets/app.1a2b3c.js' });
  const cutOver = [...WAITING, shiftTo('release-2', 100)];
  it.each([
    ['before anything else was released', after(...FIRST_RELEASE), 'green', undefined],
    ['while the idle color is being deployed', after(...FIRST_RELEASE, claimIdle('release-2')), 'green', undefined],
    ['while a release waits that can be previewed', waiting, 'green', 'blue'],
    ['during a shift', { ...waiting, shift: { to: 'blue' as const, percent: 1 } }, 'green', 'blue'],
    ['after the cutover', after(...cutOver), 'blue', 'green'],
    ['after a revert', after(...cutOver, revertToStandby()), 'green', 'blue'],
    ['after the standby was retired', after(...cutOver, retireStandby('green')), 'blue', undefined],
    ['after a withdrawal', after(...cutOver, withdraw('release-2')), 'green', undefined],
    ['while a withdrawn color still runs', after(...cutOver, withdraw('release-2', now() + 60)), 'green', 'blue'],
    ['when it runs no more', after(...cutOver, withdraw('release-2', now() - 1)), 'green', undefined],
  ])(
    '%s: what one color does not have comes from the other one if that is warm',
    async (_when, route, first, second) => {
      const decision = await edgeWith(route).run(structuredClone(asset));
      expect(decision).toMatchObject({ kind: 'origin', origin: first });
      expect(decision.kind === 'origin' && decision.second).toBe(second);
    },
  );

  it.each([
    ['another path', { uri: '/notes/7' }],
    ['another method', { uri: '/assets/a.js', method: 'POST' }],
    ['a path that only looks like it', { uri: '/assets/../notes' }],
  ])('%s is asked of one color only', async (_what, request) => {
    expect(await edgeWith(waiting).run(viewerEvent(request))).not.toHaveProperty('second');
  });

  it('of a preview are never those of the live color', async () => {
    const headers = { [EDGE_NAMES.previewHeader]: CREDENTIAL };
    const decision = await edgeWith(waiting).run(viewerEvent({ uri: '/assets/a.js', headers }));
    expect(decision).toMatchObject({ origin: 'blue' });
    expect(decision).not.toHaveProperty('second');
  });

  it('come from the chosen color alone where the service refuses the group, and that is logged', async () => {
    const edge = new EdgeRuntime(() => formatRoute(waiting), { originGroups: false });
    const decision = await edge.run(structuredClone(asset));
    expect(decision).toMatchObject({ origin: 'green', logs: [expect.stringContaining('no origin group')] });
  });
});

describe('maintenance', () => {
  it.each([
    ['off', 'GET', undefined],
    ['off', 'POST', undefined],
    ['read-only', 'GET', undefined],
    ['read-only', 'HEAD', undefined],
    ['read-only', 'OPTIONS', undefined],
    ['read-only', 'POST', 503],
    ['read-only', 'PUT', 503],
    ['read-only', 'PATCH', 503],
    ['read-only', 'DELETE', 503],
    ['full', 'GET', 503],
    ['full', 'POST', 503],
  ] as const)('%s lets %s through or says when to come back', async (maintenance, method, status) => {
    for (const headers of NOBODY_AND_QA) {
      const decision = await edgeWith({ ...waiting, maintenance }).run(viewerEvent({ method, headers }));
      if (status === undefined) expect(decision.kind).toBe('origin');
      else {
        expect(answerOf(decision)).toMatchObject({ statusCode: status, headers: { 'retry-after': { value: '60' } } });
      }
    }
  });
});

describe("paths that are not the application's", () => {
  it.each(['off', 'read-only', 'full'] as const)(
    'the probe tells the epoch with maintenance %s',
    async (maintenance) => {
      const decision = await edgeWith({ ...waiting, maintenance }).run(viewerEvent({ uri: EDGE_NAMES.probePath }));
      expect(answerOf(decision)).toMatchObject({
        statusCode: 200,
        headers: { [EDGE_NAMES.epochHeader]: { value: String(waiting.epoch) }, 'cache-control': { value: 'no-store' } },
      });
    },
  );

  it.each([
    '/livez',
    '/readyz',
    '/readyz/',
    '//readyz',
    '/./readyz',
    '/x/../readyz',
    '/READYZ',
    '/%72eadyz',
    '/%2Freadyz',
    '/readyz;v=1',
  ])('%s is hidden from viewers and shown to previews', async (uri) => {
    const edge = edgeWith(waiting);
    const hidden = await edge.run(viewerEvent({ uri }));
    const shown = await edge.run(viewerEvent({ uri, headers: { [EDGE_NAMES.previewHeader]: CREDENTIAL } }));
    expect(answerOf(hidden).statusCode).toBe(404);
    expect(shown).toMatchObject({ kind: 'origin', origin: 'blue' });
  });

  it.each(['/readyz2', '/api/readyz', '/', '/%', '/%E0%A4%A', '/a%2'])("%s is the application's", async (uri) => {
    expect((await edgeWith(waiting).run(viewerEvent({ uri }))).kind).toBe('origin');
  });

  it.each(['/'.repeat(8000), `${'/.'.repeat(40)}/readyz`, '/..;'.repeat(2000)])(
    'a path of thousands of oddities does not exist',
    async (uri) => {
      expect(answerOf(await edgeWith(waiting).run(viewerEvent({ uri }))).statusCode).toBe(404);
    },
  );

  it.each([`${'/segment'.repeat(900)}/readyz`, `/notes${'/'.repeat(10)}7`])(
    "a long path is the application's",
    async (uri) => {
      expect((await edgeWith(waiting).run(viewerEvent({ uri }))).kind).toBe('origin');
    },
  );

  it.each([
    '/.greenroom',
    '/.greenroom/',
    '/.greenroom/origins/green',
    '/.greenroom/origins/',
    '/%2egreenroom/origins/green',
  ])('%s leads nowhere, also for previews', async (uri) => {
    for (const headers of NOBODY_AND_QA) {
      expect(answerOf(await edgeWith(waiting).run(viewerEvent({ uri, headers }))).statusCode).toBe(404);
    }
  });
});

describe('a store without a usable route', () => {
  const good = formatRoute(waiting);
  it.each([
    ['the key is missing', undefined],
    ['it is not JSON', 'epoch 7'],
    ['it is null', 'null'],
    ['it is another schema', good.replace('"v":1', '"v":2')],
    ['it has no epoch', good.replace(/"epoch":\d+,/, '')],
    ['its live color is unknown', good.replace('"live":"green"', '"live":"red"')],
    ['it has no releases', good.replace('"releases"', '"released"')],
    ['a release is no text', good.replace('"release-1"', '1')],
  ])('%s: 503, a time to come back, one line in the log', async (_title, stored) => {
    const decision = await new EdgeRuntime(() => stored).run(viewerEvent());
    expect(answerOf(decision)).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': { value: '5' }, 'cache-control': { value: 'no-store' } },
    });
    expect(decision.logs).toHaveLength(1);
  });

  it('an origin that the distribution does not have is answered the same way', async () => {
    const decision = await new EdgeRuntime(() => good, { knownOrigins: [] }).run(viewerEvent());
    expect(answerOf(decision).statusCode).toBe(503);
    expect(decision.logs).toHaveLength(1);
  });

  it.each([
    ['shift', { to: 'green', percent: 99 }],
    ['shift', 'all'],
    ['sticky', 'forever'],
    ['fading', 1],
    ['shift', { to: 'blue', percent: 'x' }],
    ['preview', 'open'],
    ['maintenance', 'sometimes'],
    ['standby', 7],
  ])('nonsense in "%s" (%j) counts as absent: the live color answers', async (member, value) => {
    const edge = new EdgeRuntime(() => JSON.stringify({ ...waiting, [member]: value }));
    expect(await edge.run(viewerEvent())).toMatchObject({ origin: 'green', logs: [] });
  });
});
