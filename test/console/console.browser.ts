import { once } from 'node:events';
import { serving } from '../../local/stage/probe';
import { openTheatre, type Theatre } from '../../local/theatre';
import { findChromium, type Visitor, Visitors } from './visitors';

const executable = findChromium();
const LONG = 120_000;

/** One browser, one theatre: `npm run test:console`. */
(executable ? describe : describe.skip)('the console, in the system’s Chromium', () => {
  const problems: string[] = [];
  let theatre: Theatre;
  let visitors: Visitors;
  let olga: Visitor;
  let quinn: Visitor;

  beforeAll(async () => {
    theatre = await openTheatre({
      speed: 300,
      propagationMs: 200,
      onEvent: (event) => {
        if (event.type === 'problem' && event.source === 'console') problems.push(event.message);
      },
    });
    await Promise.all([theatre.publish('v1.0.0'), theatre.publish('v1.1.0')]);
    visitors = await Visitors.open(executable as string, theatre.console as string);
    [olga, quinn] = [await visitors.arrive('Olga'), await visitors.arrive('Quinn', { colorScheme: 'dark' })];
  }, LONG);
  afterAll(async () => {
    await visitors?.close();
    await theatre?.close();
  }, LONG);

  const release = async (version: string) => {
    await olga.fill('Release a version', { Version: version }, 'Release');
    await quinn.reads(`${version} waits for approval`);
  };

  test(
    'an operator releases, QA approves',
    async () => {
      await olga.screenshot('1-nothing-yet');
      await release('v1.0.0');
      await quinn.button('Approve').click();
      await olga.reads('v1.0.0 is released');

      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
    },
    LONG,
  );

  test(
    'an operator keeps viewers out for maintenance, and lets them in again',
    async () => {
      await olga.button('Maintenance').click();
      await olga.page.getByLabel('get nothing but a word about it').check();
      const violations = await olga.violations();
      await olga.screenshot('2-maintenance');
      // The page looks at the environment meanwhile, and leaves alone what was chosen.
      await olga.looksAgain();
      await olga.page.getByRole('dialog').getByLabel('Reason').fill('the disk is replaced');
      await olga.button('Begin maintenance').click();
      await quinn.page.getByText('Maintenance: full.').waitFor();
      const during = await fetch(theatre.url);
      await olga.fill('End maintenance', { Reason: 'the disk is in' }, 'End maintenance');
      await quinn.page.getByText('Maintenance: full.').waitFor({ state: 'hidden' });

      expect(violations).toEqual([]);
      expect(during.status).toBe(503);
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
    },
    LONG,
  );

  test(
    'an operator freezes releases until a time of their own, and ends it',
    async () => {
      await olga.button('Freeze releases').click();
      const dialog = olga.page.getByRole('dialog');
      await dialog.getByLabel('Until').fill('2031-12-24T18:00');
      await olga.looksAgain();
      await dialog.getByLabel('Reason').fill('holidays');
      await olga.button('Freeze').click();
      await quinn.page.getByText('Releases are frozen.').waitFor();
      const told = await quinn.page.getByRole('complementary', { name: 'Frozen' }).textContent();
      await olga.fill('Unfreeze', {}, 'Unfreeze');
      await quinn.page.getByText('Releases are frozen.').waitFor({ state: 'hidden' });

      expect(told).toMatch(/olga@example\.com until 2031-12-24T\d\d:00:00Z: holidays/);
    },
    LONG,
  );

  test(
    'QA sees the next version on the production hostname before anybody else does',
    async () => {
      await theatre.startLoad({ rate: 20 });
      await release('v1.1.0');
      await olga.reads('v1.1.0 waits for approval');
      await quinn.screenshot('2-waits-for-approval-dark');
      await olga.screenshot('3-waits-for-approval-of-somebody-else');

      const tab = await quinn.opens('See it first');
      await tab.waitForURL(`${theatre.url}/`);
      const page = await tab.reload();
      await tab.close();

      expect(page?.headers()['x-app-version']).toBe('v1.1.0');
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
      expect(await olga.button('Approve').isDisabled()).toBe(true);
    },
    LONG,
  );

  test(
    'everything is told for ears and keyboards, in light and dark, on a phone',
    async () => {
      const vera = await visitors.arrive('Vera', { width: 390, height: 844 });
      await vera.reads('v1.1.0 waits for approval');
      await vera.screenshot('4-on-a-phone');

      expect(await olga.violations()).toEqual([]);
      expect(await quinn.violations()).toEqual([]);
      expect(await vera.violations()).toEqual([]);
      expect(await vera.fits()).toBe(true);
      expect(await vera.page.getByRole('button').allTextContents()).toEqual(['Sign out']);
    },
    LONG,
  );

  test(
    'a question is asked and answered by the keyboard alone',
    async () => {
      await quinn.button('Reject').focus();
      await quinn.page.keyboard.press('Enter');
      const dialog = quinn.page.getByRole('dialog');
      await dialog.waitFor();
      const violations = await quinn.violations();
      const focused = await quinn.page.evaluate(`document.activeElement.getAttribute('name')`);
      await quinn.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });

      expect(focused).toBe('reason');
      expect(violations).toEqual([]);
    },
    LONG,
  );

  test(
    'the page follows the viewers from color to color by itself',
    async () => {
      const second = await visitors.arrive('Quinn');
      await second.hearsNoMore();
      await quinn.button('Approve').click();
      await quinn.page.getByText('approved by quinn@example.com').first().waitFor();
      await second.button('Approve').click();
      await second.page.getByText('quinn@example.com had approved it already; nothing has changed.').waitFor();
      await olga.page.getByRole('region', { name: 'green' }).waitFor();
      await olga.page
        .getByText(/\d requests a second/)
        .first()
        .waitFor();
      await olga.screenshot('5-viewers-go-over');
      await olga.reads('v1.1.0 is released');
      await olga.screenshot('6-released');

      expect(await serving(theatre.url, 5)).toEqual(['v1.1.0']);
    },
    LONG,
  );

  test(
    'an operator sends the viewers back with a reason, and lets releases come again',
    async () => {
      await olga.fill('Revert', { Reason: 'prices are wrong' }, 'Revert now');
      await olga.page.getByText('New releases are held.').waitFor();
      await olga.reads('v1.0.0 is back by a revert');
      await olga.screenshot('7-reverted');
      const violations = await olga.violations();
      await olga.fill('Resume', {}, 'Resume');
      await olga.page.getByText('New releases are held.').waitFor({ state: 'hidden' });

      expect(violations).toEqual([]);
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
    },
    LONG,
  );

  test(
    'who decides about what is over is told so, and so is who cannot reach the console',
    async () => {
      await release('v1.1.0');
      const late = await visitors.arrive('Quinn');
      await late.hearsNoMore();
      await olga.fill('Cancel this release', { Reason: 'a newer one comes' }, 'Cancel the release');
      await olga.reads('v1.1.0 was canceled');
      await late.button('Approve').click();
      await late.page.getByText(/its approval is void/).waitFor();
      await late.screenshot('8-too-late');
      const unheard = await late.page.getByText('What you see may be old.').locator('..').textContent();
      await late.hearsNoMore('**/api/acts/**');
      await late.fill('Reject', { Reason: 'too late' }, 'Reject');
      const told = late.page.getByRole('dialog').getByRole('alert');
      await told.waitFor();

      expect(unheard).toContain('The console cannot be reached: look at your network.');
      expect(await told.textContent()).toContain('Look at how things stand before you try again');
      expect(await late.violations()).toEqual([]);
    },
    LONG,
  );

  test(
    'the history is searched, and each release opens with its steps',
    async () => {
      await olga.page.getByRole('searchbox').fill('v1.1.0 released quinn');
      await olga.page.getByText('0 releases with').waitFor();
      await olga.page.getByRole('searchbox').fill('prices');
      await olga.page.getByText('1 release with').waitFor();
      await olga.page.getByRole('searchbox').fill('v1.1.0 is live');
      await olga.page.getByText('1 release with “v1.1.0').waitFor();
      await olga.page.locator('.history summary').first().click();
      await olga.page.locator('.history .timeline').first().waitFor();
      await olga.screenshot('9-history');

      expect(await olga.page.locator('.history .timeline').first().textContent()).toContain('approved by quinn');
    },
    LONG,
  );

  test(
    'a session that has ended is told, and nothing is done in it',
    async () => {
      theatre.parts.console!.issuer.tokenSeconds = 2;
      const late = await visitors.arrive('Olga');
      await late.page.getByText('Your session has ended.').waitFor();
      await late.fill('Freeze releases', { Reason: 'too late' }, 'Freeze');
      const told = late.page.getByRole('dialog').getByRole('alert');
      await told.waitFor();
      await late.screenshot('10-session-ended');

      expect(await told.textContent()).toContain('Sign in again; nothing was done');
      expect(await theatre.invoke('inspect', { action: 'status' })).toMatchObject({ frozen: null });
    },
    LONG,
  );

  test('nothing was loaded from elsewhere, no script and no function failed', () => {
    expect(problems).toEqual([]);
    for (const { elsewhere, errors } of [olga, quinn])
      expect({ elsewhere, errors }).toEqual({ elsewhere: [], errors: [] });
  });

  test(
    'no request of a viewer failed in all this',
    async () => {
      const load = theatre.load!;
      await once(load, 'tick');
      const report = await load.stop();

      expect(report.failures).toEqual([]);
    },
    LONG,
  );
});
