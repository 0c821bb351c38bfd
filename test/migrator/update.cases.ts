import { readHistory } from '../../lambda/migrator/history';
import { readChangelog } from '../../lambda/migrator/reader';
import { rollback } from '../../lambda/migrator/rollback';
import { update } from '../../lambda/migrator/runner';
import type { UpdateOptions } from '../../lambda/migrator/runner';
import { client, config, postgres, watcher } from './empty-postgres';
import { expectFreeLocks } from './locks';

const changelog = (...changesets: string[]) =>
  readChangelog({ 'x.sql': ['--liquibase formatted sql', ...changesets].join('\n') }, 'x.sql');
const run = (text: ReturnType<typeof changelog>, options: Partial<UpdateOptions> = {}) =>
  update(client, text, { holder: 'test', lockTimeoutMs: 100, lockWaitMs: 1_000, ...options });
const TABLE = '--changeset ann:1\nCREATE TABLE t (id int PRIMARY KEY);\n--rollback DROP TABLE t;';
const tables = async () => {
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  return rows.map((row) => row.tablename as string).filter((name) => !/^databasechange|^greenroom/.test(name));
};

describe('update', () => {
  // Whatever it came to, and although the session that ran it is still there.
  afterEach(() => expectFreeLocks(watcher));

  it('applies changesets in order, writes their rows, and does nothing the second time', async () => {
    const text = changelog(
      TABLE,
      '--changeset ann:2 context:prod labels:A,b\n--comment the second\nINSERT INTO t VALUES (1);',
    );

    expect(await run(text)).toEqual({ done: true, applied: ['x.sql::1::ann', 'x.sql::2::ann'], remaining: 0 });
    expect(await run(text)).toEqual({ done: true, applied: [], remaining: 0 });

    const { rows } = await client.query('SELECT * FROM databasechangelog ORDER BY orderexecuted');
    expect(
      rows.map((row) => [row.id, row.filename, row.orderexecuted, row.exectype, row.md5sum, row.comments]),
    ).toEqual([
      ['1', 'x.sql', 1, 'EXECUTED', text.changesets[0]!.checksum, ''],
      ['2', 'x.sql', 2, 'EXECUTED', text.changesets[1]!.checksum, 'the second'],
    ]);
    expect(rows[1]).toMatchObject({ contexts: 'prod', labels: 'a,b', description: 'sql', tag: null });
    expect(rows[0]!.deployment_id).toMatch(/^\d{10}$/);
    expect((await client.query('SELECT * FROM databasechangeloglock')).rows).toEqual([
      { id: 1, locked: false, lockgranted: null, lockedby: null },
    ]);
  });

  it('takes a failing changeset back whole, names file and line, and keeps what was before it', async () => {
    const text = changelog(
      TABLE,
      '--changeset ann:2\nINSERT INTO t VALUES (1);\n\nINSERT INTO t\n  VALUES (nonsense);',
    );

    await expect(run(text)).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(/^x\.sql:9: x\.sql::2::ann failed: column "nonsense" does not exist \(42703\)/),
    });

    expect((await client.query('SELECT count(*)::int AS n FROM t')).rows[0].n).toBe(0);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['1']);
    expect((await client.query('SELECT locked FROM databasechangeloglock')).rows).toEqual([{ locked: false }]);
  });

  it('goes on after a failing changeset with failOnError:false, without a row for it', async () => {
    const text = changelog('--changeset ann:1 failOnError:false\nSELECT nonsense;', TABLE.replace('ann:1', 'ann:2'));

    expect((await run(text)).applied).toEqual(['x.sql::2::ann']);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['2']);
  });

  it('refuses a changed changeset, unless its stored checksum is declared valid', async () => {
    await run(changelog(TABLE));
    const checksum = (await readHistory(client))[0]!.checksum;

    const changed = TABLE.replace('id int', 'id bigint');
    await expect(run(changelog(changed))).rejects.toMatchObject({
      name: 'ChangelogDrift',
      message: expect.stringContaining(
        `x.sql:2: x.sql::1::ann was changed after it was run: the database has ${checksum}`,
      ),
    });
    const accepted = changed.replace('\n', `\n--validCheckSum: ${checksum}\n`);
    expect(await run(changelog(accepted))).toMatchObject({ done: true, applied: [] });
  });

  it('refuses a checksum of Liquibase before 4.22 with the way out, and fills in a missing one', async () => {
    await run(changelog(TABLE));
    await client.query("UPDATE databasechangelog SET md5sum = '8:d41d8cd98f00b204e9800998ecf8427e'");
    await expect(run(changelog(TABLE))).rejects.toThrow(/older Liquibase.*run "liquibase update" once/);

    await client.query('UPDATE databasechangelog SET md5sum = NULL');
    await run(changelog(TABLE));
    expect((await readHistory(client))[0]!.checksum).toBe(changelog(TABLE).changesets[0]!.checksum);
  });

  it.each([
    ['runAlways:true', 'same text', 2],
    ['runOnChange:true', 'same text', 1],
    ['runOnChange:true', 'another text', 2],
  ])('%s with %s ran %i times', async (attribute, second, times) => {
    await run(changelog('--changeset ann:0\nCREATE TABLE log (n serial);'));
    const text = (comment: string) =>
      changelog(
        '--changeset ann:0\nCREATE TABLE log (n serial);',
        `--changeset ann:v ${attribute}\n-- ${comment}\nINSERT INTO log DEFAULT VALUES;`,
      );

    await run(text('same text'));
    await run(text(second));

    expect((await client.query('SELECT count(*)::int AS n FROM log')).rows[0].n).toBe(times);
    const row = (await readHistory(client)).find(({ id }) => id === 'v')!;
    expect([row.type, row.order]).toEqual(times === 2 ? ['RERAN', 3] : ['EXECUTED', 2]);
  });

  it.each([
    ['context:prod', { contexts: ['dev'] }, 0],
    ['context:prod', { contexts: ['Prod'] }, 1],
    ['context:prod', {}, 1],
    ['context:"!dev and (a or b)"', { contexts: ['b'] }, 1],
    ['labels:a,b', { labelFilter: 'b and !c' }, 1],
    ['labels:a,c', { labelFilter: 'b and !c' }, 0],
    ['dbms:mysql', {}, 0],
    ['dbms:!mysql', {}, 1],
    ['ignore:true', {}, 0],
  ])('%s under %j runs %i changesets', async (attribute, selection, count) => {
    expect((await run(changelog(`--changeset ann:1 ${attribute}\nSELECT 1;`), selection)).applied).toHaveLength(count);
  });

  it.each([
    ['HALT', 'fails'],
    ['CONTINUE', 'skipped'],
    ['MARK_RAN', 'MARK_RAN'],
    ['WARN', 'EXECUTED'],
  ])('a precondition that does not hold with onFail:%s: %s', async (onFail, outcome) => {
    const text = changelog(
      `--changeset ann:1\n--preconditions onFail:${onFail}\n--precondition-sql-check expectedResult:1 SELECT 0\nCREATE TABLE u (id int);`,
    );

    if (outcome === 'fails') await expect(run(text)).rejects.toThrow('x.sql:4: the query returns "0", "1" is expected');
    else await run(text);

    expect((await readHistory(client).catch(() => [])).map((row) => row.type)).toEqual(
      outcome.length > 7 ? [outcome] : [],
    );
    expect(await tables()).toEqual(outcome === 'EXECUTED' ? ['u'] : []);
  });

  it.each([
    ['t', 'SELECT true', 'EXECUTED'],
    ['true', 'SELECT true', 'MARK_RAN'],
    ['"2026-01-02"', "SELECT DATE '2026-01-02'", 'EXECUTED'],
    ['"{1,2}"', 'SELECT ARRAY[1, 2]', 'EXECUTED'],
    [`'{"a": 1}'`, `SELECT '{"a":1}'::jsonb`, 'EXECUTED'],
    ['null', 'SELECT NULL', 'MARK_RAN'],
    // No single value, which to Liquibase is an error.
    ['1', 'SELECT 1 WHERE false', undefined],
    ['1', 'SELECT 1 UNION ALL SELECT 2', undefined],
    ['1', 'SELECT 1, 2', undefined],
    ['1', 'SELECT 1; SELECT 2', undefined],
  ])('compares with %s what the server says to %s: %s', async (expected, sql, type) => {
    const check = `--precondition-sql-check expectedResult:${expected} ${sql}`;
    await run(changelog(`--changeset ann:1\n--preconditions onFail:MARK_RAN onError:CONTINUE\n${check}\nSELECT 1;`));
    expect((await readHistory(client)).map((row) => row.type)).toEqual(type === undefined ? [] : [type]);
  });

  it('goes on after a precondition that does not hold with failOnError:false', async () => {
    const unmet = '--preconditions onFail:HALT\n--precondition-sql-check expectedResult:1 SELECT 0';
    const text = changelog(`--changeset ann:1 failOnError:false\n${unmet}\nSELECT 1;`, TABLE.replace('ann:1', 'ann:2'));
    expect((await run(text)).applied).toEqual(['x.sql::2::ann']);
  });

  it('asks preconditions within the time budget, and does not take what is locked for an answer', async () => {
    const asking = (sql: string) =>
      changelog(
        `--changeset ann:1\n--preconditions onError:MARK_RAN\n--precondition-sql-check expectedResult:1 ${sql}\nSELECT 1;`,
      );
    await expect(run(asking('SELECT 1 FROM pg_sleep(5)'), { budgetMs: 300 })).rejects.toThrow('whole time budget');
    const other = await postgres.connect(config);
    await other.query('CREATE TABLE locked ()');
    await other.query('BEGIN; LOCK TABLE locked');
    const running = run(asking('SELECT count(*) + 1 FROM locked'), { onProgress: () => void other.query('COMMIT') });
    expect(await running).toMatchObject({ applied: ['x.sql::1::ann'] });
    expect((await readHistory(client)).map((row) => row.type)).toEqual(['EXECUTED']);
  });

  it('asks whether tables and views exist', async () => {
    await client.query('CREATE TABLE "T1" (id int); CREATE VIEW v1 AS SELECT 1');
    const text = (table: string, view: string) =>
      changelog(
        `--changeset ann:1\n--preconditions\n--precondition-table-exists table:${table}\n--precondition-view-exists view:${view} schema:public\nSELECT 1;`,
      );

    await expect(run(text('t2', 'v1'))).rejects.toThrow('the table t2 does not exist');
    await expect(run(text('t1', 'v2'))).rejects.toThrow('the view v2 does not exist');
    expect((await run(text('t1', 'v1'))).done).toBe(true);
  });

  it('gives way when a table is locked, and gets through when the lock is free', async () => {
    await run(changelog(TABLE));
    const other = await postgres.connect(config);
    await other.query('BEGIN; LOCK TABLE t');
    const messages: string[] = [];
    const blocked = changelog(TABLE, '--changeset ann:2\nALTER TABLE t ADD COLUMN a int;');

    const running = run(blocked, { onProgress: (message) => messages.push(message) });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.query('COMMIT');

    expect(await running).toMatchObject({ done: true, applied: ['x.sql::2::ann'] });
    expect(messages[0]).toContain('lock timeout');
  });

  it('stops within its time budget, and the next call goes on', async () => {
    const text = changelog(
      TABLE,
      '--changeset ann:2\nSELECT pg_sleep(0.2);',
      '--changeset ann:3\nINSERT INTO t VALUES (1), (2);\nSELECT pg_sleep(0.4);',
    );

    const first = await run(text, { budgetMs: 500 });
    const second = await run(text, { budgetMs: 5_000 });

    expect(first).toEqual({ done: false, applied: ['x.sql::1::ann', 'x.sql::2::ann'], remaining: 1 });
    expect(second).toEqual({ done: true, applied: ['x.sql::3::ann'], remaining: 0 });
    expect((await client.query('SELECT count(*)::int AS n FROM t')).rows[0].n).toBe(2);
  });

  it('fails, instead of trying for ever, when one statement needs more than the whole budget', async () => {
    await expect(run(changelog('--changeset ann:1\nSELECT pg_sleep(5);'), { budgetMs: 300 })).rejects.toThrow(
      'the statement had the whole time budget',
    );
  });

  it.each([
    ['that looks elsewhere', 'CREATE SCHEMA elsewhere; SET search_path TO elsewhere'],
    ['that may only read', 'SET default_transaction_read_only = on'],
    // Its limit holds for our statements in between as well: they need a millisecond when the machine is busy.
    ['with little time', 'SET statement_timeout = 50'],
  ])('leaves no lock and no setting behind after a failure in a session %s', async (_, set) => {
    const failing = (attributes: string) =>
      changelog(TABLE, `--changeset ann:2 runInTransaction:false ${attributes}\n${set};\nSELECT 1/0;`);

    await expect(run(failing(''))).rejects.toThrow('x.sql:7: x.sql::2::ann failed');
    await expectFreeLocks(watcher);

    expect((await run(failing('failOnError:false'))).done).toBe(true);
    const { rows } = await client.query(
      "SELECT name FROM pg_settings WHERE name IN ('search_path', 'default_transaction_read_only', 'statement_timeout') AND setting <> reset_val",
    );
    expect(rows).toEqual([]);
  });

  it('refuses a changeset that would commit by itself, before anything runs', async () => {
    await expect(run(changelog(TABLE, '--changeset ann:2\nSELECT 1;\nCOMMIT;'))).rejects.toThrow(
      'x.sql:7: COMMIT in x.sql::2::ann',
    );
    expect(await tables()).toEqual([]);
  });

  it.each(['classpath:x.sql', '/x.sql', './x.sql', 'C:/x.sql'])(
    'knows the rows of older versions of Liquibase again, which stored %s',
    async (stored) => {
      const text = changelog(TABLE, '--changeset ann:2 runAlways:true\nSELECT 1;\n--rollback empty');
      await run(text);
      await client.query('UPDATE databasechangelog SET filename = $1', [stored]);

      expect((await run(text)).applied).toEqual(['x.sql::2::ann']);
      expect((await readHistory(client)).map(({ id, path, type }) => [id, path, type])).toEqual([
        ['1', stored, 'EXECUTED'],
        ['2', stored, 'RERAN'],
      ]);
      await rollback(client, text, { count: 2 }, { holder: 'test' });
      expect([await readHistory(client), await tables()]).toEqual([[], []]);
    },
  );

  it('refuses what it would run twice because capital letters were changed', async () => {
    await run(changelog(TABLE));
    await expect(run(changelog(TABLE.replace('ann:1', 'Ann:1')))).rejects.toMatchObject({
      name: 'ChangelogDrift',
      message: expect.stringMatching(/^x\.sql:2: x\.sql::1::Ann was run as x\.sql::1::ann, which differs in capital/),
    });
  });

  it('says how to bring the table of an older Liquibase up to date', async () => {
    await run(changelog(TABLE));
    await client.query('ALTER TABLE databasechangelog DROP COLUMN deployment_id');
    await expect(run(changelog(TABLE))).rejects.toThrow(
      /older Liquibase: column "deployment_id".*run "liquibase update"/,
    );
  });

  it.each(['id', 'contexts'])('refuses %s that its row cannot hold, before anything runs', async (name) => {
    const [id, context] = name === 'id' ? ['i'.repeat(256), 'c'] : ['i', 'c'.repeat(256)];
    const text = changelog(`--changeset ann:${id} context:${context} runInTransaction:false\nCREATE TABLE t ();`);
    await expect(run(text)).rejects.toThrow(
      new RegExp(`^x\\.sql:2: the ${name} ".*" is longer than the 255 characters`),
    );
    expect(await tables()).toEqual([]);
  });

  it('writes the tag of a tagDatabase changeset into its row', async () => {
    const text = readChangelog(
      { 'r.yaml': 'databaseChangeLog:\n- changeSet: {id: t, author: a, changes: [{tagDatabase: {tag: v1}}]}' },
      'r.yaml',
    );
    await run(text);
    expect((await readHistory(client)).map((row) => row.tag)).toEqual(['v1']);
  });
});

describe('locks', () => {
  it('lets only one of two runners do the work', async () => {
    const second = await postgres.connect(config);
    const text = changelog('--changeset ann:1\nCREATE TABLE once (id int);\nSELECT pg_sleep(0.2);');

    const results = await Promise.all([run(text), update(second, text, { holder: 'second', lockWaitMs: 5_000 })]);

    expect(results.map((result) => result.applied.length).sort()).toEqual([0, 1]);
  });

  it('do not wait for ever for the row that an open transaction holds', async () => {
    await run(changelog(TABLE));
    const other = await postgres.connect(config);
    await other.query("BEGIN; UPDATE databasechangeloglock SET lockedby = 'somebody'");
    const waiting = run(changelog(TABLE), { lockWaitMs: 100, lockPollMs: 10 });
    await expect(waiting).rejects.toThrow('held by a transaction that somebody began and did not end');
    await other.query('ROLLBACK');
    expect(await run(changelog(TABLE))).toMatchObject({ done: true });
  });

  it('keep nobody out who works in the same session, as behind a pooler: that is refused', async () => {
    await client.query(
      "SELECT pg_advisory_lock(x'47524e52'::int, (SELECT oid::int FROM pg_namespace WHERE nspname = 'public'))",
    );
    await expect(run(changelog(TABLE))).rejects.toThrow('several clients (PgBouncer in transaction mode)');
    await client.query('SELECT pg_advisory_unlock_all()');
  });

  it('takes the row of a dead runner of ours over', async () => {
    await run(changelog(TABLE));
    await client.query(
      "UPDATE databasechangeloglock SET locked = true, lockedby = 'greenroom dead', lockgranted = now()",
    );
    expect((await run(changelog(TABLE))).done).toBe(true);
  });

  it('reports a foreign row with the command that frees it', async () => {
    await run(changelog(TABLE));
    await client.query(
      "UPDATE databasechangeloglock SET locked = true, lockedby = 'host (10.0.0.1)', lockgranted = now()",
    );

    await expect(run(changelog(TABLE))).rejects.toMatchObject({
      name: 'MigrationFailed',
      holder: 'host (10.0.0.1)',
      heldSeconds: expect.any(Number),
      message: expect.stringContaining('liquibase release-locks'),
    });
  });
});
