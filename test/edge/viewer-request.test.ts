import { EDGE_NAMES, seedRoute, shiftTo } from '../../lambda/domain/route';
import { answerOf, edgeWith, requestOf } from './decisions';
import { after, credentialOf, FIRST_RELEASE, WAITING, WRITER } from './routes';
import { viewerEvent } from './runtime';

const CREDENTIAL = credentialOf('release-2');
const waiting = after(...WAITING);
const NOBODY_AND_QA: Record<string, string>[] = [{}, { [EDGE_NAMES.previewHeader]: CREDENTIAL }];

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
      [EDGE_NAMES.liveHeader]: 'blue 999',
      'x-greenroom-once': 'mine',
      'x-greenroom-anything': '1',
    };
    const decision = await edgeWith(waiting).run(viewerEvent({ headers }));
    const ours = Object.entries(requestOf(decision).headers).filter(([name]) => name.startsWith('x-greenroom-'));
    expect(decision).toMatchObject({ origin: 'green' });
    expect(Object.fromEntries(ours)).toEqual({
      [EDGE_NAMES.colorHeader]: { value: 'green' },
      [EDGE_NAMES.releaseHeader]: { value: 'release-1' },
      [EDGE_NAMES.liveHeader]: { value: `green ${waiting.epoch}` },
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
    '/x\\..\\readyz',
    '/x/..%5Creadyz',
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
