import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { TestPostgres } from '../support/postgres';
import { cloudWith, FakeCloud, greenroom, PLACES } from './world';

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
  ])('%j starts the migration state machine', async (args, request) => {
    const { code, out, request: sent } = await started(...args);

    expect(sent).toEqual({ version: 'v1.2.0', reason: 'index', actor: 'ann', ...request });
    expect({ code, id: out[0] }).toEqual({ code: 0, id: expect.stringMatching(/^migrate-v1\.2\.0-/) });
  });

  test.each<[string[], string]>([
    [['status'], 'needs --url'],
    [['plan'], 'needs --url'],
    [['verify'], 'needs --url'],
    [['release-locks'], 'needs --url'],
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
  afterAll(() => postgres.close());
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
