import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory } from '../../lambda/migrator/history';
import { JOURNAL_TABLE } from '../../lambda/migrator/journal';
import { freeLocks } from '../../lambda/migrator/lock';
import type { MysqlDatabase } from '../../lambda/migrator/mysql/connection';
import { readChangelog } from '../../lambda/migrator/reader';
import { rollback } from '../../lambda/migrator/rollback';
import { update } from '../../lambda/migrator/runner';
import type { UpdateOptions } from '../../lambda/migrator/runner';
import { verify } from '../../lambda/migrator/verify';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../../lambda/migrator/connect';
import { greenroom } from '../cli/world';
import type { Cut } from './cutting-database';
import { CuttingDatabase } from './cutting-database';
import { expectFreeLocks } from './locks';
import type { MariaDbConfig } from './mariadb';
import { describeMariaDb, TestMariaDb } from './mariadb';

const options = { holder: 'test', lockWaitMs: 5_000, lockPollMs: 10, lockTimeoutMs: 1_000 };
const changelog = (...changesets: string[]) =>
  readChangelog({ 'x.sql': ['--liquibase formatted sql', ...changesets].join('\n') }, 'x.sql', { engine: 'mariadb' });
const TABLE = '--changeset ann:1\nCREATE TABLE t (id int PRIMARY KEY);\n--rollback DROP TABLE t;';

describeMariaDb('on MariaDB', () => {
  let mariadb: TestMariaDb;
  let config: MariaDbConfig;
  let database: MysqlDatabase;
  let watcher: MysqlDatabase;

  beforeAll(async () => {
    mariadb = await TestMariaDb.start();
    config = await mariadb.database();
    watcher = await mariadb.connect(config);
  }, 60_000);
  afterAll(() => mariadb.close());
  beforeEach(async () => {
    await mariadb.reset(config);
    database = await mariadb.connect(config);
    await watcher.query(`USE ${config.database}`); // it was dropped under it
  });
  afterEach(() => database.end());

  const run = (text: ReturnType<typeof changelog>, more: Partial<UpdateOptions> = {}) =>
    update(database, text, { ...options, ...more });
  const values = async (sql: string) => (await database.query(sql)).rows.map((row: object) => Object.values(row)[0]);
  const tables = async () =>
    (await values('SHOW TABLES')).filter((name) => !/^DATABASECHANGE|^greenroom/.test(String(name)));

  describe('an update', () => {
    // Whatever it came to, and although the session that ran it is still there.
    afterEach(() => expectFreeLocks(watcher));

    it('applies changesets in order, writes their rows, and does nothing the second time', async () => {
      const text = changelog(
        TABLE,
        '--changeset ann:2 context:prod labels:A,b\n--comment the second\nINSERT INTO t VALUES (1); # ; one\nINSERT INTO t VALUES (2);',
        '--changeset ann:3 dbms:postgresql\nSELECT nonsense;',
      );

      expect((await run(text)).applied).toEqual(['x.sql::1::ann', 'x.sql::2::ann']);
      expect(await run(text)).toEqual({ done: true, applied: [], remaining: 0 });

      const { rows } = await database.query('SELECT * FROM DATABASECHANGELOG ORDER BY ORDEREXECUTED');
      expect(rows.map((row) => [row.ID, row.ORDEREXECUTED, row.EXECTYPE, row.MD5SUM, row.COMMENTS])).toEqual([
        ['1', 1, 'EXECUTED', text.changesets[0]?.checksum, ''],
        ['2', 2, 'EXECUTED', text.changesets[1]?.checksum, 'the second'],
      ]);
      expect(rows[1]).toMatchObject({ CONTEXTS: 'prod', LABELS: 'a,b', DESCRIPTION: 'sql', TAG: null });
      expect((await database.query('SELECT * FROM DATABASECHANGELOGLOCK')).rows).toEqual([
        { ID: 1, LOCKED: 0, LOCKGRANTED: null, LOCKEDBY: null },
      ]);
      expect(await values(`SELECT count(*) FROM ${JOURNAL_TABLE}`)).toEqual([0]);
    });

    it('takes a failing changeset without DDL back whole, and names file and line', async () => {
      const text = changelog(TABLE, '--changeset ann:2\nINSERT INTO t VALUES (1);\n\nINSERT INTO t\n  VALUES (1);');
      await expect(run(text)).rejects.toMatchObject({
        name: 'MigrationFailed',
        message: expect.stringMatching(/^x\.sql:8: x\.sql::2::ann failed: Duplicate entry .*\(23000\)/),
      });
      expect(await values('SELECT count(*) FROM t')).toEqual([0]);
      expect(await values('SELECT LOCKED FROM DATABASECHANGELOGLOCK')).toEqual([0]);
      await expect(run(changelog(TABLE, '--changeset ann:2\nSELECT 1\n  FROM FROM;'))).rejects.toThrow('x.sql:7');
    });

    it('continues a changeset with DDL after its last finished statement, with the session as it was', async () => {
      const text = (last: string) =>
        changelog(
          '--changeset ann:1\nSET SESSION foreign_key_checks = 0;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n' +
            `ALTER TABLE t ADD COLUMN a int;\n${last}`,
        );
      await expect(run(text('INSERT INTO nowhere VALUES (@@foreign_key_checks);'))).rejects.toThrow('x.sql:7');
      await run(text('INSERT INTO t VALUES (2, @@foreign_key_checks);'));
      expect((await database.query('SELECT * FROM t')).rows).toEqual([
        { id: 1, a: null },
        { id: 2, a: 0 },
      ]);
      expect(await values('SELECT @@foreign_key_checks')).toEqual([1]);
    });

    it.each([
      ['that may only read', 'SET SESSION TRANSACTION READ ONLY', '@@tx_read_only', 0],
      [
        'with another isolation',
        'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
        '@@tx_isolation',
        'REPEATABLE-READ',
      ],
      ['without time', 'SET max_statement_time = 0.001', '@@max_statement_time', 0],
    ])('leaves no lock and no setting behind after a failure in a session %s', async (_, set, setting, left) => {
      const failing = (attributes: string) => changelog(`--changeset ann:1 ${attributes}\n${set};\nSELECT nonsense;`);
      await expect(run(failing(''))).rejects.toThrow(/READ ONLY|x\.sql::1::ann failed/);
      await expectFreeLocks(watcher);
      expect((await run(failing('failOnError:false'))).done).toBe(true);
      expect(await values(`SELECT ${setting}`)).toEqual([left]);
    });

    it('refuses to continue where variables of a dead session would be missing', async () => {
      const text = (last: string) =>
        changelog(`--changeset ann:1\nSET @a = 7;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (@a);\n${last}`);
      await expect(run(text('SELECT nonsense;'))).rejects.toThrow('nonsense');
      await expect(run(text('SELECT 1;'))).rejects.toThrow(
        /may need what this statement left in a session that is gone: "SET @a = 7".*DELETE FROM greenroom_migration_journal WHERE filename = 'x\.sql'/,
      );
    });

    it('refuses what would end its transactions, and commands of the mysql client, before anything runs', async () => {
      for (const [sql, word] of [
        ['COMMIT;', 'COMMIT'],
        ['LOCK TABLES t WRITE;', 'LOCK'],
        ['SET autocommit = 0;', 'SET AUTOCOMMIT'],
        ['DELIMITER //\nSELECT 1 //', 'DELIMITER (write endDelimiter)'],
      ]) {
        await expect(run(changelog(TABLE, `--changeset ann:2\n${sql}`))).rejects.toThrow(`x.sql:6: ${word} in`);
      }
      expect(await tables()).toEqual([]);
    });

    it('compares what the server says, and knows the rows of older versions of Liquibase again', async () => {
      const check = `--precondition-sql-check expectedResult:'{"a": 1}' SELECT JSON_OBJECT('a', 1)`;
      const text = changelog(TABLE, `--changeset ann:2 runAlways:true\n--preconditions\n${check}\nSELECT 1;`);
      await run(text);
      await database.query("UPDATE DATABASECHANGELOG SET FILENAME = 'classpath:x.sql'");
      expect((await run(text)).applied).toEqual(['x.sql::2::ann']);
      expect((await readHistory(database)).map(({ type }) => type)).toEqual(['EXECUTED', 'RERAN']);
    });

    it('keeps identities apart that the collation takes for one', async () => {
      const text = changelog(
        '--changeset ann:a\nSELECT 1;\n--rollback empty',
        '--changeset ann:A\nSELECT 1;\n--rollback empty',
      );
      await run(text);
      await rollback(database, text, { count: 1 }, options);
      expect((await readHistory(database)).map((row) => row.id)).toEqual(['a']);
    });

    it('waits for a locked table with retries, and gets through when it is free', async () => {
      await run(changelog(TABLE));
      const other = await mariadb.connect(config);
      await other.query('START TRANSACTION');
      await other.query('SELECT * FROM t');
      const messages: string[] = [];
      const text = changelog(TABLE, '--changeset ann:2\nALTER TABLE t ADD COLUMN a int;');
      const running = run(text, { lockTimeoutMs: 1_000, onProgress: (message) => messages.push(message) });
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await other.query('COMMIT');
      expect((await running).done).toBe(true);
      expect(messages[0]).toContain('Lock wait timeout');
    });

    it('stops within its time budget, and the next call goes on', async () => {
      // The sum makes SLEEP fail when it is interrupted, instead of answering 1.
      const slow = 'INSERT INTO t SELECT id + 10 + SLEEP(0.8) FROM t;';
      const text = changelog(
        TABLE,
        '--changeset ann:2\nINSERT INTO t VALUES (1);',
        `--changeset ann:3\n${slow}\nCREATE TABLE u (id int);`,
      );
      const first = await run(text, { budgetMs: 500 });
      const second = await run(text, { budgetMs: 10_000 });
      expect(first).toMatchObject({ done: false, applied: ['x.sql::1::ann', 'x.sql::2::ann'], remaining: 1 });
      expect(second).toMatchObject({ done: true, applied: ['x.sql::3::ann'] });
      expect(await values('SELECT id FROM t ORDER BY id')).toEqual([1, 11]);
    });

    it('asks whether tables and views exist, and the results of queries', async () => {
      await database.query('CREATE TABLE t1 (id int)');
      await database.query('CREATE VIEW v1 AS SELECT 1');
      const text = (view: string, count: number, table = 't1') =>
        changelog(
          `--changeset ann:1\n--preconditions\n--precondition-table-exists table:${table}\n--precondition-view-exists view:${view}\n` +
            `--precondition-sql-check expectedResult:${count} SELECT count(*) FROM t1\nSELECT 1;`,
        );
      // Names mean what they mean to the server (lower_case_table_names is 0), as to Liquibase.
      await expect(run(text('v1', 0, 'T1'))).rejects.toThrow('the table T1 does not exist');
      await expect(run(text('v2', 0))).rejects.toThrow('the view v2 does not exist');
      await expect(run(text('v1', 1))).rejects.toThrow('the query returns "0", "1" is expected');
      expect((await run(text('v1', 0))).done).toBe(true);
    });

    it('refuses a changelog that was read for another engine', async () => {
      const text = readChangelog({ 'x.sql': '--liquibase formatted sql\n--changeset a:1\nSELECT 1;' }, 'x.sql', {
        engine: 'mysql',
      });
      await expect(run(text)).rejects.toThrow('set "engine" in the database\'s secret to "mariadb"');
    });
  });

  describe('locks', () => {
    it('let only one of two runners do the work', async () => {
      const second = await mariadb.connect(config);
      const text = changelog('--changeset ann:1\nCREATE TABLE once (id int);\nINSERT INTO once SELECT SLEEP(0.1);');
      const results = await Promise.all([run(text), update(second, text, { ...options, holder: 'second' })]);
      expect(results.map((result) => result.applied.length).sort()).toEqual([0, 1]);
    });

    it('are waited for while the orphaned session of a dead runner works, which can be ended', async () => {
      const dying = new CuttingDatabase(await mariadb.connect(config), (sql) =>
        sql.includes('SLEEP') ? 'unanswered' : undefined,
      );
      const text = changelog(TABLE, '--changeset ann:2\nINSERT INTO t SELECT 1 + SLEEP(60);');
      await update(dying, text, options).catch(() => undefined);
      await expect(run(text, { lockWaitMs: 50 })).rejects.toThrow(
        /another migrator \(session \d+ of the server\).*"KILL \d+"/,
      );
      await expect(freeLocks(database, { own: 'other' })).rejects.toThrow(/held by greenroom test .*nothing was done/);
      expect(await freeLocks(database, { own: 'test' })).toMatchObject({ session: expect.any(Number) });
      const done = changelog(TABLE, '--changeset ann:2\nINSERT INTO t SELECT 1;');
      expect(await run(done)).toMatchObject({ done: true, applied: ['x.sql::2::ann'] });
    });

    it('report a foreign row with the command that frees it, and take over one of ours', async () => {
      await run(changelog(TABLE));
      await database.query(
        "UPDATE DATABASECHANGELOGLOCK SET LOCKED = 1, LOCKEDBY = 'greenroom dead', LOCKGRANTED = NOW()",
      );
      expect((await run(changelog(TABLE))).done).toBe(true);
      await database.query(
        "UPDATE DATABASECHANGELOGLOCK SET LOCKED = 1, LOCKEDBY = 'host (10.0.0.1)', LOCKGRANTED = NOW()",
      );
      await expect(run(changelog(TABLE), { lockWaitMs: 50 })).rejects.toMatchObject({
        holder: 'host (10.0.0.1)',
        heldSeconds: expect.any(Number),
        message: expect.stringContaining('liquibase release-locks'),
      });
    });
  });

  describe('a runner that dies', () => {
    const CHANGESETS = [
      '--changeset a:1\nCREATE TABLE t (id int); CREATE TABLE ran (id int);\nINSERT INTO ran VALUES (1);',
      '--changeset a:2\nINSERT INTO ran VALUES (2);\nCREATE INDEX ti ON t (id);\nINSERT INTO ran VALUES (3);\nDROP INDEX ti ON t;',
      '--changeset a:3\nINSERT INTO ran VALUES (4);\nINSERT INTO ran VALUES (5);',
      '--changeset a:4\nRENAME TABLE t TO u;\nALTER TABLE u ADD COLUMN a int;\nCREATE VIEW v AS SELECT * FROM u;\nCREATE PROCEDURE p() BEGIN INSERT INTO ran VALUES (6); END;\nCALL p();',
    ];
    const outcome = async () => ({
      ran: await values('SELECT id FROM ran ORDER BY id'),
      tables: await tables(),
      columns: await values(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'u' ORDER BY 1",
      ),
      history: (await readHistory(database)).map((row) => [row.id, row.order]),
      journal: await values(`SELECT count(*) FROM ${JOURNAL_TABLE}`),
    });

    it.each([
      ['before', 1],
      ['unanswered', 3],
    ] as [Cut, number][])(
      'at any query (%s) leaves what the next run completes, with nothing done twice',
      async (moment, first) => {
        const dieAt = async (query: number) => {
          let seen = 0;
          const cutting = new CuttingDatabase(await mariadb.connect(config), () =>
            ++seen === query ? moment : undefined,
          );
          await update(cutting, changelog(...CHANGESETS), options).catch(() => undefined);
          return seen >= query;
        };
        await run(changelog(...CHANGESETS));
        const expected = await outcome();
        expect(expected).toMatchObject({ ran: [1, 2, 3, 4, 5, 6], tables: ['ran', 'u', 'v'], journal: [0] });
        // Every fifth query, other ones for each moment: bench/migrator/crash.ts kills at all of them.
        for (let query = first; ; query += 5) {
          await mariadb.reset(config);
          await database.end();
          database = await mariadb.connect(config);
          if (!(await dieAt(query))) break;
          await run(changelog(...CHANGESETS));
          expect({ query, ...(await outcome()) }).toEqual({ query, ...expected });
        }
      },
      60_000,
    );

    it.each([
      ['TRUNCATE t', 'nothing tells whether it took effect: "TRUNCATE t"'],
      ['CREATE USER IF NOT EXISTS nobody', 'nothing tells whether it took effect'],
      ['INSERT INTO t VALUES (2)', 'nothing tells whether it took effect: "INSERT INTO t VALUES (2)"'],
    ])('in %s, which no catalog shows: the next run asks', async (sql, question) => {
      await database.query('CREATE TABLE t (id int) ENGINE = MyISAM');
      await database.query('INSERT INTO t VALUES (1)');
      const cutting = new CuttingDatabase(await mariadb.connect(config), (text) =>
        text === sql ? 'before' : undefined,
      );
      const text = changelog(`--changeset a:1\n${sql};`);
      await update(cutting, text, options).catch(() => undefined);
      await expect(run(text)).rejects.toThrow(question);
      await database.query(`UPDATE ${JOURNAL_TABLE} SET finished = TRUE`);
      expect((await run(text)).done).toBe(true);
      expect(await values('SELECT count(*) FROM t')).toEqual([1]);
    });

    it('asks after a procedure that committed part of its work and failed', async () => {
      await database.query('CREATE TABLE t (id int PRIMARY KEY)');
      const text = changelog(
        '--changeset a:1\nCREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (1); END;\nCALL p();',
      );
      await expect(run(text)).rejects.toThrow('it had committed part of its work');
      await expect(run(text)).rejects.toThrow('nothing tells whether it took effect: "CALL p()"');
    });
  });

  describe('a rollback', () => {
    afterEach(() => expectFreeLocks(watcher));
    const TAGGED = {
      'r.yaml':
        'databaseChangeLog:\n- include: {file: a.sql}\n- changeSet: {id: tag, author: a, changes: [{tagDatabase: {tag: v1}}]}\n- include: {file: b.sql}',
      'a.sql': '--liquibase formatted sql\n--changeset a:1\nCREATE TABLE t1 (i int);\n--rollback DROP TABLE t1;',
      'b.sql':
        '--liquibase formatted sql\n--changeset a:2\nCREATE TABLE t2 (i int);\nCREATE TABLE t3 (i int);\n--rollback DROP TABLE t3;\n--rollback DROP TABLE t2;',
    };
    const tagged = () => readChangelog(TAGGED, 'r.yaml', { engine: 'mariadb' });

    it.each([
      [{ tag: 'v1' }, ['t1']],
      [{ count: 1 }, ['t1']],
      [{ count: 99 }, []],
    ])('to %j leaves %j', async (target, left) => {
      await update(database, tagged(), options);
      await rollback(database, tagged(), target, options);
      expect(await tables()).toEqual(left);
    });

    it.each([
      ['in a transaction', 'DELETE FROM t1', 'DELETE FROM nowhere'],
      ['statement by statement', 'DROP TABLE t1', 'DROP TABLE nowhere'],
    ])('that fails %s keeps the row of its changeset', async (_, first, last) => {
      const text = changelog(
        `--changeset a:1\nCREATE TABLE t1 (i int);\n--rollback SET SESSION TRANSACTION READ ONLY;\n--rollback ${first};\n--rollback ${last};`,
      );
      await run(text);
      await expect(rollback(database, text, { count: 1 }, options)).rejects.toThrow(/READ ONLY|x\.sql::1::a failed/);
      await expectFreeLocks(watcher);
      expect(await readHistory(database)).toHaveLength(1);
    });

    it('continues after the runner died between two of its statements', async () => {
      await update(database, tagged(), options);
      const cutting = new CuttingDatabase(await mariadb.connect(config), (sql) =>
        sql === 'DROP TABLE t2' ? 'before' : undefined,
      );
      await rollback(cutting, tagged(), { count: 1 }, options).catch(() => undefined);
      expect(await tables()).toEqual(['t1', 't2']);
      await expect(run(tagged())).resolves.toMatchObject({ applied: [] });
      await rollback(database, tagged(), { count: 1 }, options);
      expect(await tables()).toEqual(['t1']);
      expect(await values(`SELECT count(*) FROM ${JOURNAL_TABLE}`)).toEqual([0]);
    });
  });

  it('verifies in a transaction that cannot write', async () => {
    await database.query('CREATE TABLE t (i int)');
    const { checks, findings } = await verify(database, {
      'verify/a.sql': 'SELECT 1 AS one;\nSELECT 1 FROM DUAL WHERE FALSE;\nCREATE TABLE x (i int);\nDELETE FROM t;',
    });
    expect(checks).toBe(4);
    expect(findings.map(({ line, message }) => [line, message])).toEqual([
      [1, 'must return no row, but returns 1; the first: {"one":1}'],
      [3, 'is no query: "CREATE TABLE x (i int)"'],
      [4, expect.stringContaining('READ ONLY')],
    ]);
    expect(await tables()).toEqual(['t']);
  });

  describe('one clear error for', () => {
    afterEach(() => expectFreeLocks(watcher));
    const secret = (members: object) => {
      const { host, port, user: username, password, database: dbname } = config;
      const text = JSON.stringify({
        engine: 'mariadb',
        sslmode: 'disable',
        host,
        port,
        username,
        password,
        dbname,
        ...members,
      });
      return connectionOf(parseDatabaseSecret(text), 'none');
    };
    it.each([
      ['a wrong password', { password: 'wrong' }, 'MigrationFailed', /check user "test_1_owner" and its password/],
      ['another database', { dbname: 'mysql' }, 'MigrationFailed', /denied/],
      ['an unreachable server', { port: 1 }, 'Transient', /cannot be reached/],
      ['a server without TLS', { sslmode: 'verify-full' }, 'MigrationFailed', /does not support secure connection/],
    ])('%s', async (_, members, name, message) => {
      const work = () => Promise.resolve();
      await expect(withDatabase(secret(members), work)).rejects.toMatchObject({
        name,
        message: expect.stringMatching(message),
      });
    });

    it('a privilege that is missing, and a changelog that claims another one’s identity', async () => {
      const limited = { username: 'limited', password: 'secret' };
      await mariadb.user(limited.username, `SELECT, CREATE, INSERT, UPDATE, DELETE ON ${config.database}.*`);
      await run(changelog(TABLE));

      const denied = changelog(TABLE, '--changeset ann:2\nALTER TABLE t ADD COLUMN a int;');
      await expect(withDatabase(secret(limited), (opened) => update(opened, denied, options))).rejects.toMatchObject({
        name: 'MigrationFailed',
        message: expect.stringMatching(/^x\.sql:6: .*ALTER command denied/),
      });
      await expect(run(changelog('--changeset ann:1\nCREATE TABLE other (id int);'))).rejects.toMatchObject({
        name: 'ChangelogDrift',
        message: expect.stringMatching(/^x\.sql:2: x\.sql::1::ann was changed after it was run: the database has 9:/),
      });
    });

    it('nobody: the command line takes mysql:// for MariaDB, too', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'greenroom-mysql-url-'));
      writeFileSync(join(folder, 'changelog.yaml'), 'databaseChangeLog:\n- include: {file: a.sql}');
      writeFileSync(
        join(folder, 'a.sql'),
        `--liquibase formatted sql\n${TABLE}\n--changeset ann:m dbms:mariadb\nINSERT INTO t VALUES (1);`,
      );
      const place = `${config.user}:${config.password}@${config.host}:${config.port}/${config.database}`;
      const migrate = (action: string, scheme: string, ...more: string[]) =>
        greenroom(['migrate', action, '--url', `${scheme}://${place}`, '--directory', folder, ...more], {});

      const updated = await migrate('update', 'mysql', '--yes');
      const status = await migrate('status', 'mariadb');
      rmSync(folder, { recursive: true });

      expect([updated.code, updated.out.at(-1)]).toEqual([0, expect.stringContaining('2 changesets applied')]);
      expect(status.out[0]).toContain('2 applied, 0 pending');
      expect(JSON.stringify([updated, status])).not.toContain(config.password);
    });

    it('a connection that is killed in the middle', async () => {
      const text = changelog('--changeset a:1\nKILL CONNECTION_ID();');
      const running = withDatabase(secret({}), (opened) => update(opened, text, options));
      await expect(running).rejects.toMatchObject({
        name: 'Transient',
        message: expect.stringContaining('the connection broke'),
      });
      // The row names a dead runner of ours: the next one takes it over.
      expect((await run(changelog('--changeset a:1\nSELECT 1;'))).done).toBe(true);
    });
  });
});
