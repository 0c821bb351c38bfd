import { runInNewContext } from 'node:vm';
import { EDGE_NAMES, previewLink, type Route, shiftTo } from '../../lambda/domain/route';
import { answerOf, edgeWith, requestOf } from './decisions';
import { after, credentialOf, FIRST_RELEASE, hashOf, now, WAITING } from './routes';
import { viewerEvent } from './runtime';

const CREDENTIAL = credentialOf('release-2');
const waiting = after(...WAITING);

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

  const link = (sent?: string, method = 'GET') =>
    viewerEvent({
      method,
      uri: EDGE_NAMES.previewPath,
      headers: sent === undefined ? {} : { [EDGE_NAMES.previewHeader]: sent },
    });

  it('by link opens a page that sends what stands behind # in a header, so that no log has it', async () => {
    const answer = answerOf(await edgeWith(waiting).run(link()));
    const url = new URL(previewLink('https://notes.example', CREDENTIAL));

    expect(url).toMatchObject({ pathname: EDGE_NAMES.previewPath, search: '', hash: `#${CREDENTIAL}` });
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': { value: 'no-store' } } });
    expect(answer.cookies).toBeUndefined();
    expect(await openedBy(answer.body.data, url)).toEqual({
      sent: [['', { headers: { [EDGE_NAMES.previewHeader]: CREDENTIAL } }]],
      went: ['/'],
    });
  });

  it('sets the cookie for the header of that page until the credential expires', async () => {
    const answer = answerOf(await edgeWith(waiting).run(link(CREDENTIAL)));
    const cookie = answer.cookies?.[EDGE_NAMES.previewCookie];
    const maxAge = Number(/Max-Age=(\d+)$/.exec(cookie?.attributes ?? '')?.[1]);
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': { value: 'no-store' } } });
    expect(cookie?.value).toBe(CREDENTIAL);
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
      expect(cookie?.attributes).toContain(attribute);
    expect(maxAge).toBeGreaterThan(3500);
    expect(maxAge).toBeLessThanOrEqual(3600);
  });

  it.each([
    ['a wrong credential', link('nonsense'), 403],
    ['an empty credential', link(''), 403],
    ['a credential in the query', viewerEvent({ uri: EDGE_NAMES.previewPath, query: { credential: CREDENTIAL } }), 200],
    ['another method', link(CREDENTIAL, 'POST'), 404],
  ])('sets no cookie for %s', async (_title, event, status) => {
    const answer = answerOf(await edgeWith(waiting).run(event));
    expect(answer.statusCode).toBe(status);
    expect(answer.cookies?.[EDGE_NAMES.previewCookie]?.value ?? '').toBe('');
  });
});

/** Runs the page's script as a browser would at this address. */
async function openedBy(html: string, { hash }: URL) {
  const done = { sent: [] as unknown[], went: [] as string[] };
  const location = { hash, replace: (to: string) => void done.went.push(to) };
  const fetch = async (...request: unknown[]) => {
    done.sent.push(request);
    return { ok: true };
  };
  runInNewContext(/<script>(.*)<\/script>/.exec(html)?.[1] ?? '', { location, fetch });
  await new Promise(setImmediate);
  return done;
}
