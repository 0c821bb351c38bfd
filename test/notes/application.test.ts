import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, ClientConfig } from 'pg';
import { buildImage, type Fault } from '../../local/images';
import { CacheServer } from '../../local/cache';
import { TestPostgres } from '../support/postgres';
import { CacheLine, describeCache, type Mode } from './cache-line';
import { App, databaseEnvironment, EXPAND_1_1, EXPAND_1_2, freePort, TABLE_1_0 } from './sample';

const outdir = mkdtempSync(join(tmpdir(), 'greenroom-notes-'));
const apps: App[] = [];
const databases = new Map<string, ClientConfig>();
let postgres: TestPostgres;
let current: App;
let old: App;
let shared: Client;

beforeAll(async () => {
  postgres = await TestPostgres.start();
  shared = await databaseWith('shared', TABLE_1_0, EXPAND_1_1);
  [current, old] = await Promise.all([start('v1.1.0', 'shared'), start('v1.0.0', 'shared')]);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await postgres?.close();
  rmSync(outdir, { recursive: true, force: true });
});

async function databaseWith(name: string, ...statements: string[]): Promise<Client> {
  const config = await postgres.database();
  databases.set(name, config);
  const client = await postgres.connect(config);
  for (const statement of statements) await client.query(statement);
  return client;
}

async function start(version: string, databaseName: string, fault?: Fault, more = {}): Promise<App> {
  const image = await buildImage({ version, outdir, ...(fault ? { fault } : {}) });
  const app = await App.start(image, { ...databaseEnvironment(databases.get(databaseName) as ClientConfig), ...more });
  apps.push(app);
  return app;
}

async function newNote(app: App, title: string, more: object = {}): Promise<{ id: string; pinned?: boolean }> {
  const response = await app.sendJson('POST', '/api/notes', { title, body: 'text', ...more });
  return (await response.json()) as { id: string };
}

describe('the API', () => {
  test('creates, reads, edits, lists and deletes a note', async () => {
    const created = await current.sendJson('POST', '/api/notes', { title: ' Strings ', body: 'E\r\nA' });
    const note = (await created.json()) as { id: string };
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/api/notes/${note.id}`);
    expect(note).toMatchObject({ title: 'Strings', body: 'E\nA', pinned: false });

    const edited = await current.sendJson('PUT', `/api/notes/${note.id}`, { title: 'Reeds', body: '', pinned: true });
    expect(await edited.json()).toMatchObject({ id: note.id, title: 'Reeds', body: '', pinned: true });

    const several = await current.fetch(`/api/notes?ids=${note.id},9007199254740993`);
    expect(await several.json()).toMatchObject({ notes: [{ id: note.id, title: 'Reeds' }] });

    expect((await current.fetch(`/api/notes/${note.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await current.fetch(`/api/notes/${note.id}`)).status).toBe(404);
    expect((await current.fetch(`/api/notes/${note.id}`, { method: 'DELETE' })).status).toBe(404);
  });

  test('lists every note once, page by page', async () => {
    await databaseWith('pages', TABLE_1_0, `INSERT INTO notes (title) SELECT 'n' || n FROM generate_series(1, 7) n`);
    const app = await start('v1.0.0', 'pages');
    const seen: string[] = [];
    let path = '/api/notes?limit=3';
    for (let page = 0; page < 3; page += 1) {
      const { notes, next } = (await (await app.fetch(path)).json()) as { notes: { id: string }[]; next: string };
      seen.push(...notes.map((note) => note.id));
      path = `/api/notes?limit=3&before=${encodeURIComponent(next)}`;
    }
    // All seven were written in one statement, at one time: only the id tells them apart.
    expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  });

  test.each([
    ['no title', 'POST', '/api/notes', { body: 'x' }, 422],
    ['a blank title', 'POST', '/api/notes', { title: '  ' }, 422],
    ['a title of 201 characters', 'POST', '/api/notes', { title: 'x'.repeat(201) }, 422],
    ['a body of 20001 characters', 'POST', '/api/notes', { title: 'x', body: 'x'.repeat(20_001) }, 422],
    ['a body above 256 KB', 'POST', '/api/notes', { title: 'x', body: 'x'.repeat(300_000) }, 413],
    ['pinned as text', 'POST', '/api/notes', { title: 'x', pinned: 'yes' }, 422],
    ['a list for a note', 'POST', '/api/notes', [], 400],
    ['an id that is none', 'PUT', '/api/notes/one', { title: 'x' }, 404],
    ['an id beyond bigint', 'PUT', '/api/notes/9223372036854775808', { title: 'x' }, 404],
    ['a method that is not there', 'PUT', '/api/notes', { title: 'x' }, 405],
    ['a path that is not there', 'POST', '/api/nothing', { title: 'x' }, 404],
  ])('refuses %s', async (_name, method, path, value, status) => {
    const response = await current.sendJson(method, path, value);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  test.each([
    ['/api/notes?limit=0'],
    ['/api/notes?limit=201'],
    ['/api/notes?before=yesterday'],
    ['/api/notes?before=2026-02-31T00:00:00.000000Z_1'],
    ['/api/notes?ids=1,x'],
    [`/api/notes?ids=${Array.from({ length: 201 }, (_, index) => index + 1).join(',')}`],
  ])('answers 400 to %s', async (path) => {
    expect((await current.fetch(path)).status).toBe(400);
  });

  test('refuses other media types and text that is no JSON', async () => {
    const plain = await current.fetch('/api/notes', { method: 'POST', body: '{"title":"x"}' });
    const broken = await current.fetch('/api/notes', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"title":',
    });
    expect([plain.status, broken.status]).toEqual([415, 400]);
  });

  test('keeps text that PostgreSQL cannot store from being an error', async () => {
    const response = await current.sendJson('POST', '/api/notes', { title: 'a\0b', body: 'half \ud83d of a pair' });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ title: 'a\uFFFDb', body: 'half \uFFFD of a pair' });
  });
});

describe('the page', () => {
  test('shows notes as text, never as HTML', async () => {
    const hostile = `<script>alert(1)</script> "quoted" & 'so on' </textarea>`;
    const { id } = await newNote(current, hostile, { body: hostile });
    for (const path of ['/', `/notes/${id}`]) {
      const page = await (await current.fetch(path)).text();
      expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62; &#34;quoted&#34; &#38; &#39;so on&#39;');
      expect(page).not.toContain('<script');
    }
  });

  test('allows nothing but its own style', async () => {
    const response = await current.fetch('/');
    const style = /<style>([^]*?)<\/style>/.exec(await response.text())?.[1] ?? '';
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(style))).toString('base64');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
  });

  test('works by forms alone', async () => {
    const created = await current.sendForm('/notes', { title: 'By form', body: '\nfirst line is empty' });
    const id = /\/#note-(\d+)/.exec(created.headers.get('location') ?? '')?.[1];
    const edit = await (await current.fetch(`/notes/${id}`)).text();
    expect(created.status).toBe(303);
    // The HTML parser drops the first line break of a textarea: it takes one more to keep the note's own.
    expect(edit).toContain('>\n\nfirst line is empty</textarea>');

    expect((await current.sendForm(`/notes/${id}`, { title: 'Changed', body: '' })).status).toBe(303);
    expect((await current.sendForm(`/notes/${id}/pin`, { pinned: 'true' })).status).toBe(303);
    const [row] = (await shared.query('SELECT title, pinned FROM notes WHERE id = $1', [id])).rows;
    expect(row).toEqual({ title: 'Changed', pinned: true });

    // The second click of a double click is no error.
    expect((await current.sendForm(`/notes/${id}/delete`, {})).status).toBe(303);
    expect((await current.sendForm(`/notes/${id}/delete`, {})).status).toBe(303);
    expect((await current.fetch(`/notes/${id}`)).status).toBe(404);
  });

  test('shows again what was typed when it cannot be saved', async () => {
    const response = await current.sendForm('/notes', { title: ' ', body: 'typed with care' });
    const page = await response.text();
    expect(response.status).toBe(422);
    expect(page).toContain('Not saved: a note needs a title.');
    expect(page).toContain('typed with care</textarea>');
  });

  test.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 303],
  ])('a form sent %s by a browser gets %i', async (site, status) => {
    const response = await current.sendForm('/notes', { title: site, body: '' }, { 'sec-fetch-site': site });
    expect(response.status).toBe(status);
  });
});

describe('two versions on one database', () => {
  test.each(['/livez', '/readyz', '/', '/api/notes', '/nothing'])('%s says version and color', async (path) => {
    for (const [app, version] of [
      [current, 'v1.1.0'],
      [old, 'v1.0.0'],
    ] as const) {
      const { headers } = await app.fetch(path);
      expect([headers.get('x-app-version'), headers.get('x-app-color')]).toEqual([version, 'green']);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  test('v1.0.0 neither shows nor loses a pin', async () => {
    const { id } = await newNote(current, 'pinned by 1.1.0', { pinned: true });
    const edited = await old.sendJson('PUT', `/api/notes/${id}`, { title: 'edited by 1.0.0', pinned: false });
    expect(await edited.json()).not.toHaveProperty('pinned');
    expect(await (await current.fetch(`/api/notes/${id}`)).json()).toMatchObject({
      title: 'edited by 1.0.0',
      pinned: true,
    });
    expect((await old.sendForm(`/notes/${id}/pin`, { pinned: 'false' })).status).toBe(404);
  });

  test('v1.1.0 becomes ready when its column is there, v1.0.0 is ready without it', async () => {
    const client = await databaseWith('expanding', TABLE_1_0);
    const [app, older] = await Promise.all([start('v1.1.0', 'expanding'), start('v1.0.0', 'expanding')]);
    const before = await app.fetch('/readyz');
    expect(before.status).toBe(503);
    expect(await before.json()).toMatchObject({ reason: expect.stringContaining('pinned') });
    expect((await older.fetch('/readyz')).status).toBe(200);

    await client.query(EXPAND_1_1);
    expect((await app.fetch('/readyz')).status).toBe(200);
    expect((await older.fetch('/readyz')).status).toBe(200);
  });
});

describe('without what it needs', () => {
  test('says which settings are missing, and ends', async () => {
    const image = await buildImage({ version: 'v1.1.0', outdir });
    await expect(App.start(image, { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: 'x' })).rejects.toThrow(
      /DATABASE_PORT is not a port number.*DATABASE_NAME is missing.*DATABASE_PASSWORD is missing/,
    );
  });

  test('ends with the reason when its port is taken', async () => {
    const port = new URL(current.url).port;
    await expect(start('v1.1.0', 'shared', 'none', { PORT: port })).rejects.toThrow(/EADDRINUSE/);
  });

  test('is alive and not ready without a database', async () => {
    const app = await start('v1.1.0', 'shared', 'none', { DATABASE_PORT: String(await freePort()) });
    expect((await app.fetch('/livez')).status).toBe(200);
    expect((await app.fetch('/readyz')).status).toBe(503);
    const list = await app.fetch('/api/notes');
    expect([list.status, list.headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('never writes the password down', async () => {
    const app = await start('v1.1.0', 'shared', 'none', { DATABASE_PASSWORD: 'open-sesame' });
    const ready = await app.fetch('/readyz');
    const page = await app.fetch('/');
    expect([ready.status, page.status]).toEqual([503, 503]);
    await app.logged('a request failed');
    expect(JSON.stringify(app.logs) + (await ready.text()) + (await page.text())).not.toContain('open-sesame');
  });
});

describe('faults', () => {
  test('health: never ready, and says why in the log', async () => {
    const app = await start('v1.1.0', 'shared', 'health');
    expect((await app.fetch('/readyz')).status).toBe(503);
    expect((await app.fetch('/')).status).toBe(200);
    expect(await app.logged('not ready')).toMatchObject({ level: 'error', reason: expect.stringContaining('health') });
  });

  test('smoke: ready, and cannot list', async () => {
    const app = await start('v1.1.0', 'shared', 'smoke');
    const paths = ['/readyz', '/', '/api/notes', '/api/notes/1'];
    const statuses = await Promise.all(paths.map(async (path) => (await app.fetch(path)).status));
    expect(statuses.slice(0, 3)).toEqual([200, 500, 500]);
    expect(statuses[3]).not.toBe(500);
  });

  test('errors-after-cutover: well in preview and at first, then one in ten fails', async () => {
    const app = await start('v1.1.0', 'shared', 'errors-after-cutover');
    const ask = async (times: number, headers: Record<string, string> = {}): Promise<number> => {
      const statuses = await Promise.all(
        Array.from({ length: times }, async () => {
          const response = await app.fetch('/api/notes?limit=1', { headers });
          await response.arrayBuffer();
          return response.status;
        }),
      );
      return statuses.filter((status) => status === 500).length;
    };
    expect(await ask(250, { 'x-greenroom-preview': 'credential' })).toBe(0);
    expect(await ask(50)).toBe(0);
    expect(await ask(100)).toBe(10);
    expect(await ask(50, { 'x-greenroom-preview': 'credential' })).toBe(0);
    expect((await app.fetch('/readyz')).status).toBe(200);
  });
});

describe('SIGTERM', () => {
  test('finishes what is under way or on its way, closes kept connections, and ends with 0', async () => {
    const client = await databaseWith('slow', TABLE_1_0);
    const app = await start('v1.0.0', 'slow');
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const get = (path: string): Promise<{ status?: number; connection?: string }> =>
      new Promise((resolve, reject) => {
        const request = httpRequest(`${app.url}${path}`, { agent }, (response) => {
          response.resume().on('end', () => {
            const { connection } = response.headers;
            resolve({
              ...(response.statusCode === undefined ? {} : { status: response.statusCode }),
              ...(connection === undefined ? {} : { connection }),
            });
          });
        });
        request.on('error', reject).end();
      });
    // Two kept connections: one for the slow request, one idle when the signal comes.
    await Promise.all([get('/livez'), get('/livez')]);
    await client.query('BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE');
    const slow = get('/api/notes');
    await waitForLock(client);

    app.kill('SIGTERM');
    await app.logged('draining');
    const onItsWay = await get('/livez');
    await expect(fetch(`${app.url}/livez`)).rejects.toThrow('fetch failed');
    await client.query('COMMIT');

    expect(onItsWay).toEqual({ status: 200, connection: 'close' });
    expect(await slow).toEqual({ status: 200, connection: 'close' });
    expect(await app.exit).toBe(0);
    agent.destroy();
  });
});

/** Until another session waits for the lock that this one holds. */
async function waitForLock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('SELECT 1 FROM pg_locks WHERE NOT granted');
    if (rows.length > 0) return;
  }
}

describe('work in the background', () => {
  const digests = async (client: Client): Promise<{ color: string; notes: string }[]> =>
    (await client.query('SELECT color, notes FROM note_digests ORDER BY id')).rows;
  const tell = (app: App, live: string) => app.fetch('/api/notes', { headers: { 'x-greenroom-live': live } });

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  test('is done by the live color alone, moves with it, and not back for an edge that lags behind', async () => {
    const client = await databaseWith('digest', TABLE_1_0, EXPAND_1_1, EXPAND_1_2);
    const settings = { GREENROOM_LIVE: 'edge', DIGEST_SECONDS: '0.05' };
    const [blue, green] = (await Promise.all(
      ['blue', 'green'].map((color) => start('v1.2.0', 'digest', undefined, { ...settings, GREENROOM_COLOR: color })),
    )) as [App, App];
    expect(await digests(client)).toEqual([]);

    await tell(blue, 'blue 7');
    await until(async () => (await digests(client)).length >= 3);
    expect(new Set((await digests(client)).map(({ color }) => color))).toEqual(new Set(['blue']));

    // Viewers are on green from here on: nobody asks blue anything any more, and it stops all the same.
    await tell(green, 'green 8');
    await until(async () => (await client.query('SELECT color FROM greenroom_live')).rows[0].color === 'green');
    await client.query('DELETE FROM note_digests');
    await until(async () => (await digests(client)).length >= 3);
    await tell(blue, 'blue 7');
    await tell(blue, 'purple 99');
    await until(async () => (await digests(client)).length >= 6);
    expect(new Set((await digests(client)).map(({ color }) => color))).toEqual(new Set(['green']));
  });

  test('is done without asking where there is one fleet', async () => {
    const client = await databaseWith('digest-alone', TABLE_1_0, EXPAND_1_1, EXPAND_1_2);
    await start('v1.2.0', 'digest-alone', undefined, { GREENROOM_LIVE: 'always', DIGEST_SECONDS: '0.05' });
    await until(async () => (await digests(client)).length >= 1);
  });

  test('is nobody’s in a version that does not have it', async () => {
    await tell(current, 'green 1');
    await current.logged('listening');
    expect(current.logs.map(({ message }) => message)).not.toContain('who is live could not be written');
  });
});

describe('a cache', () => {
  const lines: CacheLine[] = [];
  const titles = async (app: App, cookie = ''): Promise<string[]> => {
    const response = await app.fetch('/api/notes', { headers: { cookie } });
    expect(response.status).toBe(200);
    return ((await response.json()) as { notes: { title: string }[] }).notes.map(({ title }) => title);
  };
  const behind = (line: { port: number }, seconds: number) => ({
    ...{ CACHE_HOST: '127.0.0.1', CACHE_PORT: String(line.port), CACHE_SECONDS: String(seconds) },
    ...{ CACHE_USER: 'notes', CACHE_PASSWORD: 'secret' },
  });

  afterAll(() => Promise.all(lines.map((line) => line.close())));

  async function open(mode: Mode, target?: number): Promise<CacheLine> {
    const line = await CacheLine.open(mode, target);
    lines.push(line);
    return line;
  }

  test.each(['refuses', 'hangs', 'dies'] as const)(
    'that %s fails no request and not the readiness check, and a viewer who writes gets fresh lists',
    async (mode) => {
      const name = `cache-${mode}`;
      await databaseWith(name, TABLE_1_0, EXPAND_1_1);
      const line = mode === 'refuses' ? { port: await freePort() } : await open(mode);
      const app = await start('v1.1.0', name, undefined, behind(line, 0.001));

      const created = await app.sendJson('POST', '/api/notes', { title: mode });

      expect(created.status).toBe(201);
      expect(created.headers.get('set-cookie')).toMatch(
        /^notes-fresh=1; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
      );
      expect(await titles(app)).toEqual([mode]);
      expect((await app.fetch('/readyz')).status).toBe(200);
      expect((await app.fetch('/')).status).toBe(200);
      expect(app.logs.filter(({ level }) => level === 'error')).toEqual([]);
      expect(
        app.logs.filter(({ message }) => message === 'the cache does not answer; going on without it'),
      ).toHaveLength(1);
    },
  );

  describeCache('that works', (program) => {
    let server: CacheServer;
    let line: CacheLine;
    let blue: App;
    let green: App;
    let client: Client;

    beforeAll(async () => {
      server = await CacheServer.start(program, { user: 'notes', password: 'secret' });
      line = await open('passes', server.port);
      client = await databaseWith('cached', TABLE_1_0, EXPAND_1_1);
      [blue, green] = await Promise.all([
        start('v1.0.0', 'cached', undefined, behind(line, 0.5)),
        start('v1.1.0', 'cached', undefined, behind(server, 0.5)),
      ]);
    });
    afterAll(() => server?.close());

    /** Changes a row behind the application's back: who still sees the old one reads from the cache. */
    const unseen = (title: string) => client.query('UPDATE notes SET title = $1', [title]);

    async function untilCached(app: App): Promise<void> {
      for (;;) {
        const [before] = await titles(app);
        await unseen(`${before}'`);
        if ((await titles(app))[0] === before) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    test('answers for the database, with what each version knows of a note', async () => {
      await newNote(blue, 'first');
      await untilCached(blue);
      await untilCached(green);

      const [old] = ((await (await blue.fetch('/api/notes')).json()) as { notes: object[] }).notes;
      const [now] = ((await (await green.fetch('/api/notes')).json()) as { notes: object[] }).notes;
      expect(old).not.toHaveProperty('pinned');
      expect(now).toHaveProperty('pinned', false);
    });

    test('never hides what was just written, by whichever color', async () => {
      for (let i = 0; i < 20; i += 1) {
        const [writer, reader] = i % 2 ? [blue, green] : [green, blue];
        await newNote(writer, `note ${i}`);
        expect(await titles(reader)).toContain(`note ${i}`);
      }
    });

    test('that one process lost: its viewers read their own writes from any other', async () => {
      await untilCached(green);
      line.be('hangs');

      const created = await blue.sendJson('POST', '/api/notes', { title: 'alone' });
      const cookie = created.headers.get('set-cookie')?.split(';')[0] ?? '';

      expect(await titles(green, cookie)).toContain('alone');
      expect(await titles(blue)).toContain('alone');
    });

    test('is used again when it answers again', async () => {
      line.be('passes');
      await untilCached(blue);
      await blue.logged('the cache answers again');
    });
  });
});
