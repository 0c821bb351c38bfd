import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { connectionOf, type ConnectionConfig, withDatabase } from '../../lambda/migrator/connect';
import { type Credentials, type Role, userPrefix } from '../../lambda/rotate-secret/rotate';
import { MysqlUsers } from '../../lambda/rotate-secret-mysql/mysql';
import { bundleDirectory } from '../../lib/constructs/handler-bundles';
import { taskDirectory } from '../../lib/constructs/migration-task-code';
import { TestPostgres } from '../support/postgres';
import { describeMariaDb, TestMariaDb } from './mariadb';

// The three handlers as they are uploaded (bundled, minified, plain Node.js), against a real database and a server that
// answers for S3 and Secrets Manager.

const ROOT = join(__dirname, '..', '..');
const STEPS = [
  'plan-migrations',
  'migrate',
  'verify-migration',
  'roll-back',
  'validate-database',
  'wipe-database',
  'release-locks',
] as const;
type Step = (typeof STEPS)[number];

let postgres: TestPostgres;
/** The database that every test begins with, empty, and a connection of its owner. */
let own: ConnectionConfig;
let owner: Client;
/** What the secret says: where the functions connect to. */
let config: ConnectionConfig;
let folder: string;
let aws: Server;
let functions: ChildProcess;
const objects = new Map<string, string>();
/** What differs in the secret's version before the current one. */
let previous: { password?: string } = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'greenroom-functions-'));
  aws = createServer((request, response) => {
    let asked = '';
    request.on('data', (part) => (asked += String(part)));
    request.on('end', () => {
      if (request.method === 'POST') {
        const { engine = 'postgres', host, port, user: username, password, database: dbname } = config;
        const current = { engine, host, port, username, password, dbname, sslmode: 'disable' };
        const secret = asked.includes('AWSPREVIOUS') ? { ...current, ...previous } : current;
        const answer = JSON.stringify({ SecretString: JSON.stringify(secret) });
        response.setHeader('content-type', 'application/x-amz-json-1.1').end(answer);
        return;
      }
      const object = objects.get(decodeURIComponent((request.url ?? '').split('?')[0] ?? ''));
      if (object !== undefined) return void response.end(object);
      response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
    });
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  functions = startFunctions();
  postgres = await TestPostgres.start();
  own = await postgres.database();
  owner = await postgres.connect(own);
}, 30_000);

afterAll(async () => {
  // Whatever still runs when the worker should end makes jest end it by force.
  const ended = once(functions, 'exit');
  functions.kill();
  await ended;
  await postgres?.close();
  aws.closeAllConnections();
  await new Promise((resolve) => aws.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  previous = {};
  config = own;
  await postgres.reset(owner);
});

/** Puts a changelog where releases find it. */
function publish(files: Record<string, string>) {
  const text = JSON.stringify({ root: 'changelog.yaml', files });
  const sha256 = createHash('sha256').update(text).digest('hex');
  const key = `changelogs/${sha256}.json`;
  objects.set(`/artifacts/${key}`, text);
  return { key, sha256 };
}

interface Answer {
  readonly result?: unknown;
  readonly name?: string;
  readonly message?: string;
}

/** Invokes a bundled handler in the process beside; resolves with its result or the error's name and message. */
function invoke(step: Step, event: object): Promise<Answer> {
  return new Promise((resolve) => {
    functions.once('message', (answer) => resolve(answer as Answer));
    functions.send({ step, event });
  });
}

/** What functions and task are told by their environment. */
const environment = () => ({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-central-1',
  ARTIFACT_BUCKET: 'artifacts',
  MIGRATOR_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:notes-migrator',
  VERIFIER_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:notes-verifier',
  DATABASE_NAME: 'notes',
  POLICY: JSON.stringify({ application: 'notes', environment: 'production', requireRollback: true }),
});

/** Plain Node.js with the bundles and the environment that Lambda would give them. */
function startFunctions(): ChildProcess {
  const script = join(folder, 'functions.cjs');
  const directories = Object.fromEntries(STEPS.map((step) => [step, bundleDirectory(step)]));
  writeFileSync(
    script,
    `const directories = ${JSON.stringify(directories)};
     process.on('message', ({ step, event }) => require(directories[step] + '/index.js').handler(event).then(
      (result) => process.send({ result }), ({ name, message }) => process.send({ name, message })));`,
  );
  return fork(script, { env: environment(), execArgv: [], stdio: 'ignore' });
}

const state = (changelog: object) => ({ release: { id: 'r1', changelog }, turn: { number: 1 }, request: {} });

/** A changelog of somebody else. */
const OTHER = '--liquibase formatted sql\n--changeset b:1\nSELECT 1;';

const FIRST = ['sql/0001-notes.sql::create-notes::notes', 'sql/0001-notes.sql::index-notes-by-update::notes'];

/** The sample application's changelog, with only the first `count` files of SQL. */
function sampleChangelog(count: number): Record<string, string> {
  const read = (path: string) => readFileSync(join(ROOT, 'migrations', path), 'utf8');
  const names = (folder: string) =>
    readdirSync(join(ROOT, 'migrations', folder))
      .sort()
      .map((name) => `${folder}/${name}`);
  const paths = ['changelog.yaml', ...names('sql').slice(0, count), ...names('verify')];
  return Object.fromEntries(paths.map((path) => [path, read(path)]));
}

describe('the migration steps as they are uploaded', () => {
  it('take the sample application to its first version and then to the next', async () => {
    const first = state(publish(sampleChangelog(1)));
    expect(await invoke('plan-migrations', first)).toEqual({
      result: { pending: 2, verdict: 'expand', changesets: FIRST, withoutRollback: 0 },
    });
    expect(await invoke('migrate', first)).toEqual({
      result: { done: true, applied: 2, remaining: 0, changesets: FIRST },
    });
    expect(await invoke('verify-migration', first)).toEqual({ result: { checks: 2 } });

    const next = state(publish(sampleChangelog(2)));
    expect(await invoke('plan-migrations', next)).toMatchObject({ result: { pending: 2, verdict: 'expand' } });
    const under = { ...next, migration: { done: false, applied: 3, remaining: 2, changesets: ['a', 'b', 'c'] } };
    expect(await invoke('migrate', under)).toMatchObject({
      result: { done: true, applied: 5, changesets: ['a', 'b', 'c', expect.any(String), expect.any(String)] },
    });
    expect(await invoke('plan-migrations', next)).toEqual({
      result: { pending: 0, verdict: 'none', changesets: [], withoutRollback: 0 },
    });
  }, 30_000);

  it('name what an invocation applied that died before it could answer', async () => {
    const first = state(publish(sampleChangelog(1)));
    const { result: plan } = await invoke('plan-migrations', first);
    await invoke('migrate', first);

    expect(await invoke('migrate', { ...first, plan })).toEqual({
      result: { done: true, applied: 2, remaining: 0, changesets: FIRST },
    });
  }, 30_000);

  it('take changesets back: those that are planned, also when the rollback is invoked again', async () => {
    const first = state(publish(sampleChangelog(1)));
    await invoke('migrate', first);
    const wish = { ...first, release: { ...first.release, rollback: { count: 1 } } };

    const { result: plan } = await invoke('roll-back', wish);
    const once = await invoke('roll-back', { ...wish, plan });
    const again = await invoke('roll-back', { ...wish, plan });

    expect(plan).toEqual({ pending: 1, verdict: 'none', changesets: [FIRST[1]], withoutRollback: 0 });
    expect(once).toEqual({ result: { done: true, applied: 1, remaining: 0, changesets: [FIRST[1]] } });
    expect(again).toEqual(once);
    expect(await invoke('migrate', first)).toMatchObject({ result: { applied: 1, changesets: [FIRST[1]] } });
  }, 30_000);

  it('refuse a rollback before anything runs when a changeset has none, or is not in the changelog', async () => {
    const changelog = publish({
      'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
      'a.sql': '--liquibase formatted sql\n--changeset a:1\nSELECT 1;',
    });
    await invoke('migrate', state(changelog));
    const rollBack = (of: object) => {
      const begun = state(of);
      return invoke('roll-back', { ...begun, release: { ...begun.release, rollback: { count: 1 } } });
    };

    expect(await rollBack(changelog)).toEqual({
      name: 'MigrationFailed',
      message: 'nothing was rolled back: a.sql::1::a has no rollback',
    });
    expect(await rollBack(publish({ 'changelog.yaml': 'databaseChangeLog: []' }))).toMatchObject({
      message: expect.stringContaining('is not in this changelog'),
    });
  }, 30_000);

  it('hold contract changesets against the versions that run, and report the floor', async () => {
    const remark = '--greenroom contract unneededSince:v1.2.0';
    const changelog = publish({
      'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
      'a.sql': `--liquibase formatted sql\n--changeset a:1\n${remark}\nDROP TABLE legacy;\n--rollback empty`,
    });
    const plan = (running: object | undefined, version = 'v1.3.0') =>
      invoke('plan-migrations', {
        ...state(changelog),
        release: { id: 'r1', kind: 'release', version, changelog },
        running,
      });

    expect(await plan({ versions: ['v1.2.0', 'v1.3.0'] })).toMatchObject({
      result: { verdict: 'contract', revertFloor: 'v1.2.0' },
    });
    for (const running of [{ versions: ['v1.2.0', 'v1.1.9'] }, { versions: ['v1.2.0'], unknown: ['r0'] }, undefined]) {
      expect(await plan(running)).toMatchObject({ name: 'UnsafeMigration' });
    }
    expect(await plan({ versions: [] }, 'v1.1.0')).toMatchObject({
      name: 'UnsafeMigration',
      message: expect.stringContaining('only v1.2.0 does without'),
    });
  }, 30_000);

  it('stop a release with an unsafe changeset, a missing rollback, or a changelog that is not the recorded one', async () => {
    const files = (sql: string) => ({
      'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
      'a.sql': `--liquibase formatted sql\n--changeset a:1\n${sql}`,
    });

    expect(
      await invoke('plan-migrations', state(publish(files('CREATE INDEX i ON t (a);\n--rollback empty')))),
    ).toMatchObject({
      name: 'UnsafeMigration',
      message: expect.stringContaining('a.sql:3'),
    });
    expect(await invoke('plan-migrations', state(publish(files('SELECT 1;'))))).toMatchObject({
      name: 'UnsafeMigration',
      message: expect.stringContaining('a.sql:2: a.sql::1::a has no rollback'),
    });
    const { key } = publish(files('SELECT 1;'));
    expect(await invoke('migrate', state({ key, sha256: '0'.repeat(64) }))).toMatchObject({ name: 'ChangelogInvalid' });
    expect(await invoke('migrate', state({ key: 'changelogs/none.json', sha256: '' }))).toMatchObject({
      name: 'ChangelogInvalid',
      message: expect.stringContaining('s3://artifacts/changelogs/none.json cannot be read (NoSuchKey)'),
    });
  }, 30_000);

  it('explain everything instead of refusing it, when somebody asks before a release', async () => {
    const sql = 'ALTER TABLE t\n  DROP COLUMN a;\n--rollback empty\n--changeset a:2\nSELECT 1;';
    const changelog = publish({
      'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
      'a.sql': `--liquibase formatted sql\n--changeset a:1\n${sql}`,
    });
    await invoke(
      'migrate',
      state(publish({ 'changelog.yaml': 'databaseChangeLog:\n- include: {file: b.sql}', 'b.sql': OTHER })),
    );
    const { result } = await invoke('plan-migrations', { ...state(changelog), explain: true });
    expect(result).toMatchObject({
      pending: 2,
      changesets: ['a.sql::1::a', 'a.sql::2::a'],
      database: { applied: 1, drift: [], unknown: ['b.sql::1::b'], lock: null },
    });
    const { explained, refused } = result as unknown as { explained: object[]; refused: string[] };
    expect(explained).toMatchObject([
      { changeset: 'a.sql::1::a', place: 'a.sql:2', sql: ['ALTER TABLE t\n  DROP COLUMN a'], rollback: [] },
      { changeset: 'a.sql::2::a', verdict: 'expand', findings: [], sql: ['SELECT 1'], rollback: null },
    ]);
    expect(refused).toEqual([
      expect.stringMatching(/^UnsafeMigration: .*a\.sql::2::a has no rollback/),
      expect.stringMatching(/^UnsafeMigration: a\.sql:3: /),
    ]);
  }, 30_000);

  it('free what a dead runner of the environment has locked, and what others have only by force', async () => {
    const changelog = publish({ 'changelog.yaml': 'databaseChangeLog:\n- include: {file: b.sql}', 'b.sql': OTHER });
    await invoke('migrate', state(changelog));
    const client = await postgres.connect(config);
    const lockedBy = (holder: string) =>
      client.query('UPDATE databasechangeloglock SET locked = true, lockedby = $1, lockgranted = now()', [holder]);
    const free = (force?: boolean) => invoke('release-locks', { request: { action: 'release-locks', force } });
    const lock = async () => {
      const { result } = await invoke('plan-migrations', { ...state(changelog), explain: true });
      return (result as { database: { lock: unknown } }).database.lock;
    };

    expect(await free()).toEqual({ result: {} });

    await lockedBy('greenroom notes-production r1');
    expect(await free()).toMatchObject({ result: { row: { holder: 'greenroom notes-production r1' } } });
    expect(await lock()).toBeNull();

    for (const holder of ['liquibase on ci', 'greenroom notes-production-2 r1']) {
      await lockedBy(holder);
      expect(await free()).toMatchObject({ name: 'MigrationFailed', message: expect.stringContaining(holder) });
      expect(await lock()).toMatchObject({ holder });
      expect(await free(true)).toMatchObject({ result: { row: { holder } } });
      expect(await lock()).toBeNull();
    }
  }, 30_000);

  it('fail the release when an assertion does not hold', async () => {
    const changelog = publish({
      'changelog.yaml': 'databaseChangeLog: []',
      'verify/a.sql': 'SELECT 1;\n\nSELECT 2 AS two WHERE true;\nSELECT 3 WHERE false;',
    });

    const answer = await invoke('verify-migration', state(changelog));

    expect(answer).toMatchObject({ name: 'VerificationFailed' });
    expect(answer.message).toBe(
      'verify/a.sql:1: must return no row, but returns 1; the first: {"?column?":1}\n' +
        'verify/a.sql:3: must return no row, but returns 1; the first: {"two":2}',
    );
  }, 30_000);

  it('say that the database refuses the password, without telling it', async () => {
    config = { ...config, password: 'wrong-password' };

    const answer = await invoke('migrate', state(publish(sampleChangelog(1))));

    expect(answer).toMatchObject({ name: 'MigrationFailed', message: expect.stringContaining('check user') });
    expect(answer.message).not.toContain('wrong-password');
  }, 30_000);

  it('report an unreachable database as something that may pass', async () => {
    config = { ...config, port: 1 };
    expect(await invoke('migrate', state(publish(sampleChangelog(1))))).toMatchObject({ name: 'Transient' });
  }, 30_000);

  it('stay within their budgets of size', () => {
    const size = (step: Step) => readFileSync(join(bundleDirectory(step), 'index.js')).byteLength / 1024;
    // KiB; 170 of them are the CA bundle of RDS, 350 the driver of MySQL.
    expect(size('migrate')).toBeLessThan(1200);
    expect(size('plan-migrations')).toBeLessThan(1250);
    expect(size('verify-migration')).toBeLessThan(1050);
    // PostgreSQL's parser is the planner's alone: the runner splits by its own reader, which is tested against it.
    expect(readFileSync(join(bundleDirectory('migrate'), 'index.js'), 'utf8')).not.toContain('libpg-query');
  });
});

it('the wipe as it is uploaded takes all there is, twice, and the changelog builds it anew', async () => {
  const first = state(publish(sampleChangelog(2)));
  await invoke('migrate', first);
  const client = await postgres.connect(config);
  await client.query(`CREATE SCHEMA more; CREATE TABLE more.t (id serial); CREATE TYPE mood AS ENUM ('fine');
    CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW titles AS SELECT title FROM notes`);

  expect(await invoke('wipe-database', first)).toMatchObject({ result: { statements: expect.any(Number) } });

  expect(await invoke('validate-database', {})).toMatchObject({ result: { tables: 0 } });
  expect(await invoke('wipe-database', first)).toEqual({ result: { statements: 0 } });
  expect(await invoke('migrate', first)).toMatchObject({ result: { applied: 4 } });
}, 30_000);

describe('the validation of a database as it is uploaded', () => {
  const validate = async (changelog: object | undefined, more: object = {}) =>
    invoke('validate-database', { host: config.host, port: config.port, changelog, ...more });
  const migrated = async (files: Record<string, string>) => {
    const changelog = publish(files);
    await invoke('migrate', state(changelog));
    return changelog;
  };
  const query = async (sql: string) => (await postgres.connect(config)).query(sql);

  it('finds a database sound that has its changelog, whose assertions hold and whose tables can be read', async () => {
    const changelog = await migrated(sampleChangelog(2));
    await query("INSERT INTO notes (title, body) VALUES ('kept', ''), ('kept too', '')");

    const { result } = await validate(changelog);

    expect(result).toMatchObject({ sound: true, findings: [], changesets: 4, pending: 0, unknown: 0, assertions: 2 });
    expect(result).toMatchObject({ tables: 4, rows: 2 + 4 + 1, unread: [] });
  }, 30_000);

  it.each([
    ['a changeset that is missing', 'DELETE FROM databasechangelog WHERE orderexecuted = 2', 'history'],
    ['a history that is gone', 'DROP TABLE databasechangelog', 'history'],
    ['a checksum that is another', "UPDATE databasechangelog SET md5sum = '9:00' WHERE orderexecuted = 1", 'history'],
    [
      'an assertion that does not hold',
      "INSERT INTO notes (title, body, updated_at) VALUES ('', '', '2000-01-01')",
      'assertion',
    ],
    ['a table that is gone', 'DROP TABLE notes', 'assertion'],
    [
      'a table that cannot be read',
      "DO $$ BEGIN EXECUTE format('REVOKE SELECT ON notes FROM %I', current_user); END $$",
      'table',
    ],
  ])(
    'finds %s',
    async (_what, damage, check) => {
      const changelog = await migrated(sampleChangelog(2));
      await query(damage);

      const { result } = await validate(changelog);

      expect(result).toMatchObject({ sound: false });
      expect((result as { findings: { check: string }[] }).findings.map((each) => each.check)).toContain(check);
    },
    30_000,
  );

  it('takes a moment before a migration for sound when it is told so, and a newer changelog for unknown', async () => {
    await migrated(sampleChangelog(1));
    expect(await validate(publish(sampleChangelog(2)), { complete: false })).toMatchObject({
      result: { sound: true, changesets: 2, pending: 2, unknown: 0 },
    });

    await migrated(sampleChangelog(2));
    expect(await validate(publish(sampleChangelog(1)))).toMatchObject({
      result: { sound: true, changesets: 2, pending: 0, unknown: 2 },
    });
  }, 30_000);

  it("signs in with the secret's version before when the current one is not yet the database's", async () => {
    const changelog = await migrated(sampleChangelog(1));
    previous = { password: config.password as string };
    config = { ...config, password: 'of a later rotation' };
    expect(await validate(changelog)).toMatchObject({ result: { sound: true } });

    previous = {};
    expect(await validate(changelog)).toMatchObject({ name: 'MigrationFailed' });
  }, 30_000);

  it('reads the tables alone where there is no changelog yet', async () => {
    expect(await validate(undefined)).toMatchObject({ result: { sound: true, tables: 0, assertions: 0 } });
  }, 30_000);
});

describe('the migrator as a task', () => {
  /** The process that the container runs, to its end. */
  async function run(files: Record<string, string>): Promise<{ code: number | null; last: string }> {
    const release = JSON.stringify({ id: 'r1', changelog: publish(files) });
    const env = { ...environment(), RELEASE: release, BUDGET_SECONDS: '60' };
    const task = spawn(process.execPath, [join(taskDirectory(), 'index.js')], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    task.stdout.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(task, 'close')) as [number | null];
    return { code, last: output.trim().split('\n').at(-1) ?? '' };
  }

  it('applies a changelog, after which Migrate only tells what it did', async () => {
    const files = sampleChangelog(1);

    const ended = await run(files);

    expect(ended).toEqual({ code: 0, last: 'done: 2 applied' });
    const event = { ...state(publish(files)), plan: { changesets: FIRST }, task: { arn: 'task', stopped: true } };
    expect(await invoke('migrate', event)).toEqual({
      result: { done: true, applied: 2, remaining: 0, changesets: FIRST },
    });
  }, 30_000);

  it('ends with a line that names the error', async () => {
    const sql = '--liquibase formatted sql\n--changeset a:1\nSELECT 1/0;';

    const { code, last } = await run({
      'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
      'a.sql': sql,
    });

    expect(code).toBe(1);
    expect(JSON.parse(last)).toEqual({
      failed: { name: 'MigrationFailed', message: expect.stringMatching(/^a\.sql:3: .*division by zero/) },
    });
  }, 30_000);
});

describeMariaDb('the migration steps as they are uploaded, on MariaDB', () => {
  let mariadb: TestMariaDb;
  beforeAll(async () => {
    mariadb = await TestMariaDb.start({ tls: true });
  }, 60_000);
  afterAll(() => mariadb.close());

  it('sign in as users that may do what their role needs, and nothing more', async () => {
    const { host, port, database: dbname } = await mariadb.database();
    const at = { host, port, dbname };
    const users = new MysqlUsers(async () => ({ username: 'root', password: '' }), false);
    const user = (role: Exclude<Role, 'administrator'>): Credentials => ({
      ...at,
      role,
      username: `${userPrefix(dbname, role)}_a`,
      password: "it's",
    });
    const roles = ['migrator', 'application', 'verifier'] as const;
    for (const role of roles) {
      await users.prepare(user(role));
      await users.test(user(role));
    }
    const may = async (role: (typeof roles)[number], sql: string) => {
      const { username, password } = user(role);
      const connection = await mariadb.connect({
        engine: 'mariadb',
        host,
        port,
        user: username,
        password,
        database: dbname,
        ssl: false,
      });
      return connection.query(sql).then(
        () => true,
        () => false,
      );
    };

    expect(await may('migrator', 'CREATE TABLE t (id int)')).toBe(true);
    const asked = [
      'INSERT INTO t (id) VALUES (1)',
      'SELECT * FROM t',
      'ALTER TABLE t ADD COLUMN b int',
      'CREATE USER friend',
    ];
    const answers = {
      migrator: [true, true, true, false],
      application: [true, true, false, false],
      verifier: [false, true, false, false],
    };
    for (const role of roles) {
      for (const [index, sql] of asked.entries())
        expect([role, sql, await may(role, sql)]).toEqual([role, sql, answers[role][index]]);
    }
    await expect(users.prepare(user('application'))).rejects.toThrow('sessions of');
    await users.prepare(user('application'), { whileOpen: true });
  }, 30_000);

  it('plan, migrate and verify by the engine that the secret names', async () => {
    config = await mariadb.database();
    const changelog = (sql: string) =>
      state(
        publish({
          'changelog.yaml': 'databaseChangeLog:\n- include: {file: a.sql}',
          'a.sql': `--liquibase formatted sql\n--changeset a:1\nCREATE TABLE t (id int, name varchar(20));\nINSERT INTO t VALUES (1, 'é');\n--rollback DROP TABLE t;\n${sql}`,
          'verify/a.sql': "SELECT id FROM t WHERE name <> 'é';",
        }),
      );

    expect(await invoke('plan-migrations', changelog(''))).toMatchObject({ result: { pending: 1, verdict: 'expand' } });
    expect(await invoke('migrate', changelog(''))).toMatchObject({ result: { done: true, applied: 1, remaining: 0 } });
    expect(await invoke('verify-migration', changelog(''))).toEqual({ result: { checks: 1 } });
    expect(await invoke('validate-database', { changelog: changelog('').release.changelog })).toMatchObject({
      result: { sound: true, changesets: 1, assertions: 1, tables: 4, findings: [] },
    });
    // As of a database that was restored to before the last rotation.
    previous = { password: config.password as string };
    config = { ...config, password: 'of a later rotation' };
    expect(await invoke('validate-database', {})).toMatchObject({ result: { sound: true } });
    config = { ...config, ...previous };
    previous = {};
    expect(await invoke('wipe-database', changelog(''))).toMatchObject({ result: { statements: 5 } });
    expect(await invoke('migrate', changelog(''))).toMatchObject({ result: { done: true, applied: 1 } });
    const unsafe = '--changeset a:2\nALTER TABLE t MODIFY id bigint;\n--rollback empty';
    expect(await invoke('plan-migrations', changelog(unsafe))).toMatchObject({
      name: 'UnsafeMigration',
      message: expect.stringContaining('unsafe (change-column-type)'),
    });
  }, 30_000);

  it('speak TLS with a server whose certificate the CA has signed, and with no other', async () => {
    const own = { ...(await mariadb.database()), host: 'localhost', ssl: { ca: mariadb.ca } };
    const cipher = (to: ConnectionConfig) =>
      withDatabase(
        to,
        async (database) => (await database.query("SHOW STATUS LIKE 'Ssl_cipher'")).rows[0]?.Value as string,
      );

    expect(await cipher(own)).toMatch(/^TLS_/);
    const { ssl: rds } = connectionOf({ host: '127.0.0.1', port: 1, username: 'a', password: 'b' }, 'notes');
    await expect(cipher({ ...own, ssl: rds })).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(/self-signed certificate|unable to get local issuer|unable to verify/),
    });
  }, 30_000);
});
