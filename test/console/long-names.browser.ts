import { type Browser, type BrowserContext, chromium, type Route } from 'playwright-core';
import { CONSOLE_ACTS } from '../../lambda/domain/console';
import { pageFiles } from '../../lib/constructs/page';
import { findChromium, Visitor } from './visitors';

const ORIGIN = 'http://localhost';
const WHO = 'maximiliane.von-und-zu-hohenstein-langenscheidt@engineering.example-company.co.uk';
/** As long as a version may be. */
const VERSION = 'v10.20.30-release-the-very-long-name-of-it.1234.12';
const RELEASE = `${VERSION}-mwq438wl43h`;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:notes-production-blue-5xx-rate-which-breaks-nowhere';
const AT = '2026-11-21T10:00:00.000Z';
const record = { id: RELEASE, kind: 'release', version: VERSION, digest: DIGEST, actor: WHO, execution: 'arn' };
const alarms = [{ name: 'notes-production-blue-5xx-rate', state: 'ALARM', reason: ARN }];
const changesets = [`migrations/${'deep/'.repeat(9)}0002.sql::drop_a_column_that_nobody_reads_any_more::${WHO}`];
const events = [
  { event: 'OpenRelease', digest: DIGEST, actor: WHO },
  { event: 'RecordPlan', pending: 1, verdict: 'contract', changesets },
  { event: 'SmokeTest', checks: 1, results: [{ path: `/${'a'.repeat(90)}`, status: 200, ms: 17 }] },
  { event: 'AwaitApproval' },
].map((event) => ({ at: AT, ...event }));

const ANSWERS: Readonly<Record<string, object>> = {
  '/config.json': {
    place: 'notes production-eu-central-1',
    signIn: { authorizationEndpoint: '/authorize', tokenEndpoint: '/token', clientId: 'console' },
    others: [],
  },
  '/token': { id_token: `head.${Buffer.from('{"nonce":"nonce"}').toString('base64url')}.signature` },
  '/api/releases': { releases: [{ ...record, startedAt: AT, endedAt: AT, outcome: 'failed', reason: ARN }], found: 1 },
  '/api/overview': {
    application: 'notes',
    me: { name: WHO, role: 'operators', may: Object.keys(CONSOLE_ACTS) },
    status: {
      environment: 'production-eu-central-1',
      route: {
        live: 'blue',
        standby: null,
        shift: { to: 'green', percent: 25 },
        releases: { blue: RELEASE, green: RELEASE },
        maintenance: 'read-only',
      },
      turn: { number: 3, holder: RELEASE, waiting: [`${RELEASE}x`, `${RELEASE}y`] },
      hold: { by: WHO, at: AT, reason: ARN },
      frozen: `frozen by ${WHO}: ${ARN}`,
      live: { version: VERSION, release: RELEASE, digest: DIGEST, at: AT, previous: { version: VERSION } },
      floor: { version: VERSION, release: RELEASE },
      maintenance: { maintenance: 'read-only', by: WHO, reason: ARN, at: AT },
      drift: null,
      releases: [],
    },
    approval: { required: true, allowRequester: false },
    release: { record: { ...record, startedAt: AT }, events },
    watch: { blue: { alarms, rate: 12_345.6 }, green: { alarms: [], rate: null } },
  },
};

/** The page alone; what it asks for is answered here. */
function answer(route: Route): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const files = pageFiles();
  const name = pathname === '/' ? 'index.html' : pathname.replace('/assets/', '');
  const body = files[name];
  if (body === undefined) return route.fulfill({ json: ANSWERS[pathname] ?? {} });
  const contentType = { html: 'text/html', css: 'text/css', js: 'text/javascript' }[name.split('.').at(-1) ?? ''];
  return route.fulfill({ body, contentType });
}

const executable = findChromium();
(executable ? describe : describe.skip)('names as long as they come', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executable as string, args });
  });
  afterAll(() => browser?.close());

  test.each([
    ['on a phone', { width: 360, height: 800 }],
    ['on a wide screen', { width: 1280, height: 900 }],
  ])(
    'stay in their places %s',
    async (_where, viewport) => {
      const context: BrowserContext = await browser.newContext({ viewport });
      const page = await context.newPage();
      const visitor = new Visitor(context, page, ORIGIN);
      // As if the browser came back from the identity provider.
      const kept = JSON.stringify({ state: 'state', nonce: 'nonce', verifier: 'verifier' });
      await page.addInitScript(`sessionStorage.setItem('greenroom-sign-in', ${JSON.stringify(kept)})`);
      await page.route('**/*', answer);
      await page.goto(`${ORIGIN}/?code=code&state=state`);
      await visitor.reads(`${VERSION} waits for approval`);
      await page.getByText('1 release').waitFor();

      const outside = await page.evaluate(`[...document.querySelectorAll('.page *')]
        .filter((each) => !each.closest('.visually-hidden, svg') && each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0
          && getComputedStyle(each).display !== 'inline')
        .map((each) => each.className || each.tagName)`);

      expect(outside).toEqual([]);
      expect(await visitor.fits()).toBe(true);
      expect(await visitor.violations()).toEqual([]);
      expect({ elsewhere: visitor.elsewhere, errors: visitor.errors }).toEqual({ elsewhere: [], errors: [] });
      await context.close();
    },
    60_000,
  );
});
