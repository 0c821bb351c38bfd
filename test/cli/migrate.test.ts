import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { TestPostgres } from '../support/postgres';
import { CliError } from '../../cli/exit';
import { cloudWith, FakeCloud, greenroom, PLACES, STATUS } from './world';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:notes-production-migrate';
const places = { ...PLACES, migrationMachineArn: MACHINE };

describe('on an environment', () => {
  const started = async (...args: string[]) => {
    const cloud = cloudWith({ places });
    const ran = await greenroom(['migrate', ...args, '--yes', '--no-watch'], { cloud });
    return { ...ran, request: cloud.changes[0]?.[1] };
  };

  test.each<[string[], object]>([
    [['update', 'v1.2.0', '--reason', 'index'], { action: 'update' }],
    [
      ['update', 'v1.2.0', '--reason', 'index', '--changelog-file', 'repair.yaml'],
      { action: 'update', changelogFile: 'repair.yaml' },
    ],
    [['rollback', 'v1.2.0', '--reason', 'index', '--tag', 'v1.1.0'], { action: 'rollback', tag: 'v1.1.0' }],
    [['rollback', 'v1.2.0', '--reason', 'index', '--count', '2'], { action: 'rollback', count: 2 }],
    [['rollback', 'v1.2.0', '--reason', 'index', '--release', 'v1.2.0-x'], { action: 'rollback', release: 'v1.2.0-x' }],
    [['release-locks', 'v1.2.0', '--reason', 'index'], { action: 'release-locks' }],
    [['release-locks', 'v1.2.0', '--reason', 'index', '--force'], { action: 'release-locks', force: true }],
  ])('%j starts the migration state machine', async (args, request) => {
    const { code, out, request: sent } = await started(...args);

    expect(sent).toEqual({ version: 'v1.2.0', reason: 'index', actor: 'ann', ...request });
    expect({ code, id: out[0] }).toEqual({ code: 0, id: expect.stringMatching(/^migrate-v1\.2\.0-/) });
  });

  test.each<[string[], string]>([
    [['status', '--dry-run'], '--dry-run is for a database by --url'],
    [['plan', '--running', 'v1.0.0'], '--running is for a database by --url'],
    [['verify', '--count', '1'], 'are for a rollback'],
    [['release-locks'], 'give --reason'],
    [['update', 'v1.2.0', '--reason', 'x', '--force'], '--force is for release-locks'],
    [['update', 'v1.2.0', '--reason', 'x', '--json'], '--json is for status and plan'],
    [['update', '--reason', 'x'], 'whose published changelog'],
    [['update', 'v1.2.0'], 'give --reason'],
    [['update', 'v1.2.0', '--reason', 'x', '--tag', 'y'], 'are for a rollback'],
    [['update', 'v1.2.0', '--reason', 'x', '--dry-run'], '--dry-run is for a database by --url'],
    [['rollback', 'v1.2.0', '--reason', 'x'], 'needs one of'],
    [['rollback', 'v1.2.0', '--reason', 'x', '--tag', 'y', '--count', '1'], 'needs one of'],
  ])('%j is refused and starts nothing', async (args, message) => {
    const { code, err, request } = await started(...args);

    expect({ code, request }).toEqual({ code: 2, request: undefined });
    expect(err.join('\n')).toContain(message);
  });

  test('locks are freed for the version that is live, unless another is named', async () => {
    const cloud = cloudWith({ places, status: STATUS });
    await greenroom(['migrate', 'release-locks', '--reason', 'it died', '--yes', '--no-watch'], { cloud });
    const [, request] = cloud.changes[0] ?? [];
    expect(request).toEqual({ action: 'release-locks', version: 'v1.0.0', reason: 'it died', actor: 'ann' });
  });

  describe('asked for what is there', () => {
    const FOUND = {
      version: 'v1.2.0',
      verdict: 'contract',
      withoutRollback: 1,
      database: {
        applied: 4,
        drift: [],
        unknown: ['old.sql::1::bob'],
        lock: { holder: 'liquibase on ci', since: '2026-11-21 11:00:00' },
      },
      explained: [
        {
          changeset: 'a.sql::1::ann',
          place: 'a.sql:3',
          verdict: 'contract',
          findings: ['a.sql:4: drop-column: …'],
          sql: ['ALTER TABLE notes DROP COLUMN legacy'],
          rollback: null,
        },
      ],
      refused: [] as string[],
    };
    const ask = async (action: string, answer: unknown = FOUND, ...args: string[]) => {
      const cloud = cloudWith({ 'verify-release': answer });
      const invoke = jest.spyOn(cloud, 'invoke');
      const ran = await greenroom(['migrate', action, ...args], { cloud });
      return { ...ran, changes: cloud.changes, asked: invoke.mock.calls.map(([, payload]) => payload) };
    };

    test('status tells what a database by its URL is told of, and changes nothing', async () => {
      const { code, out, changes, asked } = await ask('status', FOUND, 'v1.2.0', '--changelog-file', 'repair.yaml');

      expect({ code, changes }).toEqual({ code: 0, changes: [] });
      expect(asked).toEqual([{ action: 'migrations', version: 'v1.2.0', changelogFile: 'repair.yaml' }]);
      expect(out).toEqual([
        'notes in production with v1.2.0: 4 applied, 1 pending',
        '  pending  a.sql::1::ann',
        '  unknown  old.sql::1::bob: applied, but not in this changelog',
        '  locked   by liquibase on ci since 2026-11-21 11:00:00',
      ]);
    });

    test('plan tells the verdicts, and fails as a release would', async () => {
      const fine = await ask('plan');
      const refused = await ask('plan', { ...FOUND, refused: ['UnsafeMigration: a.sql:4:\n contract'] });
      const json = await ask('plan', FOUND, '--json');

      expect(fine.out).toEqual([
        'contract  a.sql::1::ann',
        '    a.sql:4: drop-column: …',
        '1 pending on notes in production with v1.2.0: contract, 1 without rollback',
      ]);
      expect([refused.code, refused.err]).toEqual([1, ['greenroom: UnsafeMigration: a.sql:4:; contract']]);
      expect(JSON.parse(json.out.join('\n'))).toMatchObject({ verdict: 'contract', changesets: FOUND.explained });
    });

    test('verify tells how many checks hold, or which does not', async () => {
      const held = await ask('verify', { version: 'v1.2.0', checks: 2 });
      const failed = await ask('verify', new CliError('verify/a.sql:1: must return no row, but returns 1'));

      expect([held.code, held.out, held.asked]).toEqual([
        0,
        ['2 checks hold on notes in production with v1.2.0'],
        [{ action: 'assertions' }],
      ]);
      expect([failed.code, failed.err.join()]).toEqual([1, expect.stringContaining('verify/a.sql:1')]);
    });
  });

  test('it is followed to its end, and migrated is a good one', async () => {
    const record = {
      id: 'm',
      kind: 'migration',
      version: 'v1.2.0',
      actor: 'ann',
      outcome: 'migrated',
      reason: '1 changeset applied',
    };
    const events = [
      { at: '2026-11-21T12:00:00.000Z', event: 'RecordPlan', pending: 1, verdict: 'expand', withoutRollback: 1 },
    ];
    const cloud = cloudWith({ places, events: { record, events } });

    const { code, out } = await greenroom(['migrate', 'update', 'v1.2.0', '--reason', 'x', '--yes'], { cloud });

    expect(code).toBe(0);
    expect(out.join('\n')).toContain('1 changeset to run, expand, 1 without rollback');
    expect(out.at(-1)).toContain('migrated: 1 changeset applied');
  });
});

describe('on a database by its URL', () => {
  let postgres: TestPostgres;
  let folder: string;
  let config: ClientConfig;
  beforeAll(async () => {
    postgres = await TestPostgres.start();
  }, 60_000);
  afterAll(() => postgres?.close());
  beforeEach(async () => {
    config = await postgres.database();
    folder = mkdtempSync(join(tmpdir(), 'greenroom-changelog-'));
    mkdirSync(join(folder, 'verify'));
    write('changelog.yaml', 'databaseChangeLog:\n- include: {file: a.sql}');
    write('a.sql', `${HEAD}\n${TABLE}\n${COLUMN}`);
    write('verify/notes.sql', 'SELECT id FROM notes WHERE id < 0;');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const HEAD = '--liquibase formatted sql';
  const TABLE =
    '--changeset ann:table\nCREATE TABLE notes (id int PRIMARY KEY, legacy text);\n--rollback DROP TABLE notes;';
  const COLUMN =
    '--changeset ann:column\nALTER TABLE notes ADD COLUMN body text;\n--rollback ALTER TABLE notes DROP COLUMN body;';
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const url = (password = config.password) =>
    `postgres://${config.user}:${String(password)}@${config.host}:${config.port}/${config.database}`;
  const migrate = (args: string[], options: { url?: string; env?: Record<string, string> } = {}) =>
    greenroom(['migrate', ...args, '--url', options.url ?? url(), '--directory', folder], {
      env: { USER: 'ann', ...options.env },
    });
  const tables = async () => {
    const client = await postgres.connect(config);
    const { rows } = await client.query(
      "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'notes'",
    );
    return rows.map(({ name }: { name: string }) => name).sort();
  };

  test('status, dry run, update, verify and rollback tell what they do, and do it', async () => {
    expect((await migrate(['status'])).out.slice(1)).toEqual([
      '  pending  a.sql::table::ann',
      '  pending  a.sql::column::ann',
    ]);
    const dry = await migrate(['update', '--dry-run']);
    expect(dry.out.join('\n')).toContain('-- a.sql::column::ann\nALTER TABLE notes ADD COLUMN body text;');
    expect(await tables()).toEqual([]);

    const applied = await migrate(['update', '--yes']);
    expect([applied.code, applied.out[0]]).toEqual([0, expect.stringMatching(/^2 changesets applied to/)]);
    expect(applied.err).toEqual(['applied a.sql::table::ann', 'applied a.sql::column::ann']);
    expect((await migrate(['verify'])).out[0]).toContain('1 check holds');

    expect((await migrate(['rollback', '--count', '1', '--dry-run'])).out).toContain(
      'ALTER TABLE notes DROP COLUMN body;',
    );
    expect((await migrate(['rollback', '--count', '1', '--yes'])).code).toBe(0);
    expect(await tables()).toEqual(['id', 'legacy']);
  }, 30_000);

  test('a plan fails as a release would, believing what is declared unless versions are named', async () => {
    await migrate(['update', '--yes']);
    write(
      'b.sql',
      `${HEAD}\n--changeset ann:drop\n--greenroom contract unneededSince:v1.2.0\nALTER TABLE notes DROP COLUMN legacy;`,
    );
    write('changelog.yaml', 'databaseChangeLog:\n- include: {file: a.sql}\n- include: {file: b.sql}');

    const believed = await migrate(['plan']);
    const named = await migrate(['plan', '--running', 'v1.1.0,v1.2.0']);

    expect([believed.code, believed.out.at(-1)]).toEqual([0, expect.stringContaining('contract, 1 without rollback')]);
    expect([named.code, named.err.at(-1)]).toEqual([
      1,
      expect.stringContaining('b.sql:4: b.sql::drop::ann: contract (drop-column)'),
    ]);
  }, 30_000);

  test('drift is one line with place and mend, and nothing runs', async () => {
    await migrate(['update', '--yes']);
    write('a.sql', `${HEAD}\n${TABLE.replace('text', 'varchar')}\n${COLUMN}`);

    const { code, err } = await migrate(['update', '--yes']);

    expect({ code, lines: err.length }).toEqual({ code: 1, lines: 1 });
    expect(err[0]).toMatch(/^greenroom: a\.sql:2: a\.sql::table::ann was changed after it was run/);
  }, 30_000);

  test("somebody else's lock is shown, and freed by release-locks", async () => {
    await migrate(['update', '--yes']);
    const client = await postgres.connect(config);
    await client.query(
      "UPDATE databasechangeloglock SET locked = true, lockedby = 'liquibase on ci', lockgranted = now()",
    );

    expect((await migrate(['status'])).out.at(-1)).toContain('locked   by liquibase on ci');
    expect((await migrate(['release-locks', '--yes'])).out[0]).toContain('liquibase on ci holds the row');
    expect((await migrate(['status'])).out.join()).not.toContain('locked');
  }, 30_000);

  test('a wrong password is told without it; the right one may come from the environment', async () => {
    const wrong = await migrate(['status'], { url: url('not-the-password') });
    const bare = url().replace(':secret@', '@');
    const right = await migrate(['status'], { url: bare, env: { GREENROOM_DATABASE_PASSWORD: 'secret' } });

    expect([wrong.code, wrong.err.length]).toEqual([1, 1]);
    expect(wrong.err.join()).not.toContain('not-the-password');
    expect(right.code).toBe(0);
  }, 30_000);
});

test.each([
  ['sqlite://x/y', 'it takes postgres://'],
  ['no url with secret-word', 'is no URL'],
  ['postgres://localhost/notes', 'needs user, host and database'],
  ['postgres://ann:secret-word@db.example/notes?sslmode=maybe', 'neither "disable" nor "verify-full"'],
])('--url %s is refused without repeating a password', async (url, message) => {
  const { code, err } = await greenroom(['migrate', 'status', '--url', url], { cloud: new FakeCloud() });

  expect(code).toBe(2);
  expect(err.join()).toContain(message);
  expect(err.join()).not.toContain('secret-word');
});

// Where there is no /proc, a process's arguments are looked at otherwise, and nothing is said of them here.
if (process.platform === 'linux') {
  test('a password in --url is in no list of processes while the command runs', async () => {
    // A database that never answers: the command waits, with everything that it was started with.
    const server = createServer((socket) => void socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-title-'));
    writeFileSync(join(folder, 'changelog.yaml'), 'databaseChangeLog: []');
    const args = ['migrate', 'status', '--url', `postgres://ann:secret-word@127.0.0.1:${port}/notes`];
    const child = spawn(
      process.execPath,
      [join(__dirname, '../../bin/greenroom.cjs'), ...args, '--directory', folder],
      {
        stdio: 'ignore',
      },
    );
    const ended = once(child, 'exit');
    try {
      await once(server, 'connection');
      const shown = ['cmdline', 'comm', 'stat'].map((name) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8'));

      expect(shown[0]).toContain('greenroom');
      expect(shown.join()).not.toContain('secret-word');
    } finally {
      child.kill('SIGKILL');
      await ended;
      server.close();
      rmSync(folder, { recursive: true });
    }
  }, 30_000);
}
