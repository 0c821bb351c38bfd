import { JOURNAL_TABLE } from '../../lambda/migrator/journal';
import { readHistory } from '../../lambda/migrator/history';
import { readChangelog } from '../../lambda/migrator/reader';
import { rollback } from '../../lambda/migrator/rollback';
import type { RollbackTarget } from '../../lambda/migrator/rollback';
import { update } from '../../lambda/migrator/runner';
import type { Cut } from './cutting-database';
import { CuttingDatabase } from './cutting-database';
import { client, config, postgres, watcher } from './empty-postgres';
import { expectFreeLocks } from './locks';

const options = { holder: 'test', lockWaitMs: 5_000, lockPollMs: 10, lockTimeoutMs: 1_000 };
const changelog = (...changesets: string[]) =>
  readChangelog({ 'x.sql': ['--liquibase formatted sql', ...changesets].join('\n') }, 'x.sql');
const run = (...changesets: string[]) => update(client, changelog(...changesets), options);
const count = async (table: string) =>
  (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n as number;
const indexes = async () =>
  (
    await client.query(
      "SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1",
    )
  ).rows;

const TABLE = '--changeset a:table\nCREATE TABLE t (id int);';
const INDEX = '--changeset a:index runInTransaction:false\nCREATE UNIQUE INDEX CONCURRENTLY ti ON t (id);';

describe('changesets outside a transaction', () => {
  afterEach(() => expectFreeLocks(watcher));

  it('keep their settings while they run, also when they are continued, and leave none to the next', async () => {
    await client.query('CREATE SCHEMA app; CREATE TABLE app.t (id int)');
    const text = (last: string) => [
      `--changeset a:1 runInTransaction:false\nSET search_path TO app;\nINSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY ti ON t (id);\n${last}`,
      '--changeset a:2\nCREATE TABLE after_it ();',
    ];

    await expect(run(...text('SELECT nonsense;'))).rejects.toThrow('x.sql:6');
    await run(...text('INSERT INTO t VALUES (2);'));

    expect(await count('app.t')).toBe(2);
    expect(await count('public.after_it')).toBe(0);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['1', '2']);
    expect(await count(JOURNAL_TABLE)).toBe(0);
  });

  it('refuse to go on where a setting that was computed is gone with its session', async () => {
    const text = (last: string) =>
      `--changeset a:1 runInTransaction:false\nSELECT set_config('search_path', 'pg_temp', false);\n${last}`;
    await expect(run(text('SELECT nonsense;'))).rejects.toThrow('x.sql:4');
    await expect(run(text('SELECT 1;'))).rejects.toThrow('may need what this statement left in a session that is gone');
  });

  it('run, and leave no journal behind', async () => {
    await run(TABLE, INDEX, '--changeset a:v runInTransaction:false\nVACUUM t;\nINSERT INTO t VALUES (1);');
    expect(await indexes()).toEqual([{ name: 'ti', valid: true }]);
    expect(await count('t')).toBe(1);
    expect(await count(JOURNAL_TABLE)).toBe(0);
  });

  it('continue after the last finished statement when a later one failed', async () => {
    const failing = '--changeset a:2 runInTransaction:false\nINSERT INTO t VALUES (1);\nVACUUM t;\nSELECT nonsense;';
    await expect(run(TABLE, failing)).rejects.toThrow('x.sql:7: x.sql::2::a failed');

    await run(TABLE, failing.replace('nonsense', '1'));

    expect(await count('t')).toBe(1);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['table', '2']);
  });

  it('refuse to go on when a statement that ran was changed meanwhile, and name the way out', async () => {
    const failing = '--changeset a:2 runInTransaction:false\nINSERT INTO t VALUES (1);\nSELECT nonsense;';
    await expect(run(TABLE, failing)).rejects.toThrow('failed');

    await expect(run(TABLE, failing.replace('(1)', '(2)'))).rejects.toThrow(
      `statement 1 of x.sql::2::a ran before and was changed since; restore its text and change only what comes after it, or, when its effect was taken back by hand, run "DELETE FROM ${JOURNAL_TABLE} WHERE filename = 'x.sql' AND id = '2' AND author = 'a'"`,
    );
    expect(await count('t')).toBe(1);
  });

  it('rebuild an INVALID index that a failed build left', async () => {
    await run(TABLE);
    await client.query('INSERT INTO t VALUES (1), (1)');
    await expect(run(TABLE, INDEX)).rejects.toThrow(/could not create unique index/);
    expect(await indexes()).toEqual([{ name: 'ti', valid: false }]);

    await client.query('DELETE FROM t');
    await run(TABLE, INDEX);

    expect(await indexes()).toEqual([{ name: 'ti', valid: true }]);
  });

  it('ask when the runner died in a statement that nothing tells about', async () => {
    await client.query('CREATE TABLE log (n int)');
    await client.query('CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); COMMIT; END $$');
    const call = '--changeset a:call runInTransaction:false\nCALL p();';
    const cutting = new CuttingDatabase(
      await postgres.connect(config),
      (sql) => (sql === 'CALL p()' ? 'after' : undefined),
      2,
    );
    await expect(update(cutting, changelog(call), options)).rejects.toThrow();

    await expect(run(call)).rejects.toThrow(/nothing tells whether it took effect: "CALL p\(\)"/);
    expect(await count('log')).toBe(1);

    await client.query(`UPDATE ${JOURNAL_TABLE} SET finished = true`);
    expect((await run(call)).done).toBe(true);
    expect(await count('log')).toBe(1);
  });
});

describe('a runner that dies', () => {
  const CHANGESETS = [
    '--changeset a:1\nCREATE TABLE t (id int); CREATE TABLE ran (id int);\nINSERT INTO ran VALUES (1);',
    '--changeset a:2 runInTransaction:false\nINSERT INTO ran VALUES (2);\nCREATE INDEX CONCURRENTLY ti ON t (id);\nINSERT INTO ran VALUES (3);',
    '--changeset a:3\nALTER TABLE t ADD COLUMN a int;\nINSERT INTO ran VALUES (4);',
  ];
  const outcome = async () => ({
    ran: (await client.query('SELECT id FROM ran ORDER BY id')).rows.map((row) => row.id as number),
    columns: (
      await client.query("SELECT column_name FROM information_schema.columns WHERE table_name = 't' ORDER BY 1")
    ).rows.length,
    indexes: await indexes(),
    history: (await readHistory(client)).map((row) => [row.id, row.order]),
    journal: await count(JOURNAL_TABLE),
  });
  const expected = {
    ran: [1, 2, 3, 4],
    columns: 2,
    indexes: [{ name: 'ti', valid: true }],
    history: [
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ],
    journal: 0,
  };

  /** Runs with the connection cut at the given query; resolves with whether that query was reached. */
  async function dieAt(query: number, moment: Cut): Promise<boolean> {
    let seen = 0;
    const cutting = new CuttingDatabase(await postgres.connect(config), () => (++seen === query ? moment : undefined));
    await update(cutting, changelog(...CHANGESETS), options).catch(() => undefined);
    return seen >= query;
  }

  // Every third query, other ones for each moment: bench/migrator/crash.ts kills at all of them.
  it.each([
    ['before', 1],
    ['unanswered', 2],
  ] as const)(
    'at any query (%s) leaves what the next run completes, with nothing done twice',
    async (moment, first) => {
      for (let query = first; await dieAt(query, moment); query += 3) {
        await run(...CHANGESETS);
        expect({ query, ...(await outcome()) }).toEqual({ query, ...expected });
        await postgres.reset(client);
      }
      expect(await outcome()).toEqual(expected); // the last one was not reached: an undisturbed run
    },
    60_000,
  );
});

describe('rollback', () => {
  afterEach(() => expectFreeLocks(watcher));

  const TAGGED = {
    'r.yaml': [
      'databaseChangeLog:',
      '- include: {file: a.sql}',
      '- changeSet: {id: tag, author: a, changes: [{tagDatabase: {tag: v1}}]}',
      '- include: {file: b.sql}',
    ].join('\n'),
    'a.sql': '--liquibase formatted sql\n--changeset a:1\nCREATE TABLE t1 ();\n--rollback DROP TABLE t1;',
    'b.sql':
      '--liquibase formatted sql\n--changeset a:2\nCREATE TABLE t2 ();\n--rollback DROP TABLE t2;\n--changeset a:3\nSELECT 1;\n--rollback empty',
  };
  const tagged = () => readChangelog(TAGGED, 'r.yaml');

  it.each<[RollbackTarget, string[]]>([
    [{ tag: 'v1' }, ['1']],
    [{ count: 1 }, ['1', 'tag', '2']],
    [{ changesets: ['b.sql::2::a', 'b.sql::3::a', 'other.sql::1::b'] }, ['1', 'tag']],
    [{ count: 99 }, []],
  ])('%j leaves %j', async (target, left) => {
    await update(client, tagged(), options);
    await rollback(client, tagged(), target, options);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(left);
    const { rows } = await client.query("SELECT count(*)::int AS n FROM pg_tables WHERE tablename IN ('t1', 't2')");
    expect(rows[0].n).toBe(left.filter((id) => id === '1' || id === '2').length);
  });

  it.each([
    ['in a transaction', ''],
    ['outside one', ' runInTransaction:false'],
  ])('that fails %s keeps the row of its changeset, and continues when it is mended', async (_, attributes) => {
    const text = (last: string) =>
      `--changeset a:2${attributes}\nCREATE SCHEMA app_of_it; CREATE TABLE app_of_it.u ();\n--rollback SET search_path TO app_of_it;\n--rollback DROP TABLE u;\n--rollback ${last}`;
    await run(TABLE, text('DROP SCHEMA app_of_it;'));

    await expect(rollback(client, changelog(TABLE, text('DROP nonsense;')), { count: 1 }, options)).rejects.toThrow(
      'x.sql:8: x.sql::2::a failed',
    );
    expect(await readHistory(client)).toHaveLength(2);
    await expectFreeLocks(watcher);

    await rollback(client, changelog(TABLE, text('DROP SCHEMA app_of_it;')), { count: 1 }, options);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['table']);
  });

  it('goes to the oldest of two rows with one tag, as Liquibase does', async () => {
    await update(client, tagged(), options);
    await client.query("UPDATE databasechangelog SET tag = 'v1' WHERE id = '3'");
    await rollback(client, tagged(), { tag: 'v1' }, options);
    expect((await readHistory(client)).map((row) => row.id)).toEqual(['1']);
  });

  it('stops within its time budget, and the next call goes on', async () => {
    const text = changelog(
      ...[1, 2, 3].map((id) => `--changeset a:${id}\nSELECT 1;\n--rollback SELECT pg_sleep(0.${id === 1 ? 6 : 1});`),
    );
    await update(client, text, options);
    const first = await rollback(client, text, { count: 3 }, { ...options, budgetMs: 500 });
    expect(first).toEqual({ done: false, applied: ['x.sql::3::a', 'x.sql::2::a'], remaining: 1 });
    expect(await rollback(client, text, { count: 1 }, options)).toMatchObject({ done: true });
  });

  it('is refused before anything runs when one changeset has no rollback, or the tag is unknown', async () => {
    await run(TABLE, '--changeset a:2\nCREATE TABLE u ();\n--rollback DROP TABLE u;');
    const text = changelog(TABLE, '--changeset a:2\nCREATE TABLE u ();\n--rollback DROP TABLE u;');

    await expect(rollback(client, text, { count: 2 }, options)).rejects.toThrow(
      'nothing was rolled back: x.sql:2: x.sql::table::a has no rollback',
    );
    await expect(rollback(client, text, { tag: 'v9' }, options)).rejects.toThrow('the database has no tag "v9"');
    expect(await readHistory(client)).toHaveLength(2);
  });
});
