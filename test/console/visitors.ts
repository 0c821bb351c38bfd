import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where Debian and others put the system's Chromium; `CHROMIUM` names another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ROOT = join(__dirname, '..', '..');
/** Where screenshots of the test lie; in no commit. */
const SCREENSHOTS = join(ROOT, '.greenroom', 'screenshots');
const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** The system's Chromium; in CI its absence is an error. */
export function findChromium(): string | undefined {
  const found = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
  if (found === undefined && process.env.GREENROOM_CI === '1') {
    throw new Error('Chromium is missing; install it: apt-get install -y chromium');
  }
  return found;
}

export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** People at the console, each with a browser profile of their own, in one Chromium. */
export class Visitors {
  private constructor(
    private readonly browser: Browser,
    private readonly console: string,
  ) {
    rmSync(SCREENSHOTS, { recursive: true, force: true });
    mkdirSync(SCREENSHOTS, { recursive: true });
  }

  static async open(executablePath: string, console: string): Promise<Visitors> {
    // Chromium's own sandbox does not work as root, which CI often is; every page that it opens is ours.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return new Visitors(await chromium.launch({ executablePath, args }), console);
  }

  /** Somebody opens the console and says who they are. */
  async arrive(name: 'Olga' | 'Quinn' | 'Vera', look: Look = {}): Promise<Visitor> {
    const { colorScheme = 'light', width = 1280, height = 860 } = look;
    const context = await this.browser.newContext({ colorScheme, viewport: { width, height }, locale: 'en-GB' });
    const page = await context.newPage();
    const visitor = new Visitor(context, page, new URL(this.console).origin);
    await page.goto(this.console);
    await page.getByRole('button', { name }).click();
    await page.locator('#live').waitFor();
    return visitor;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** Somebody at the console, as a person uses it: by what is written on things. */
export class Visitor {
  /** Requests of the page to anywhere but the console and the sign-in. */
  readonly elsewhere: string[] = [];
  readonly errors: string[] = [];

  constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    origin: string,
  ) {
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== new URL(origin).hostname) this.elsewhere.push(request.url());
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Opens a dialog, fills it in and confirms. */
  async fill(button: string, fields: Readonly<Record<string, string>>, confirm: string): Promise<void> {
    await this.button(button).click();
    const dialog = this.page.getByRole('dialog');
    for (const [label, text] of Object.entries(fields)) await dialog.getByLabel(label).fill(text);
    await dialog.getByRole('button', { name: confirm, exact: true }).click();
  }

  /** Waits until the console says so of the release. */
  async reads(text: string): Promise<void> {
    await this.page.locator('#release', { hasText: text }).waitFor({ timeout: 60_000 });
  }

  /** From now on no answer comes: the page keeps what it knows. */
  async hearsNoMore(path = '**/api/overview'): Promise<void> {
    await this.page.route(path, (route) => route.abort());
  }

  /** Waits until the page has asked how the environment is, once more. */
  async looksAgain(): Promise<void> {
    await this.page.waitForResponse((response) => response.url().endsWith('/api/overview'));
    // What it answered is drawn a moment later.
    await this.page.waitForTimeout(200);
  }

  /** What opens in a window of its own. */
  async opens(button: string): Promise<Page> {
    const [tab] = await Promise.all([this.context.waitForEvent('page'), this.button(button).click()]);
    return tab;
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: 'disabled' });
  }

  /** What axe finds wrong with the page as it is. */
  async violations(): Promise<string[]> {
    // The content security policy lets nothing in by a script element.
    await this.page.evaluate(AXE);
    const found = (await this.page.evaluate(
      `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
    )) as { violations: { id: string; help: string; nodes: { html: string }[] }[] };
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  /** Whether everything is within the width of the window. */
  fits(): Promise<boolean> {
    return this.page.evaluate(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`);
  }
}
