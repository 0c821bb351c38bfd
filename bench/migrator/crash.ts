// Kills the migrator (SIGKILL) at every query of a changelog of 30 changesets, before the query and in the middle of it, and
// checks that the next run completes what an undisturbed run does, with nothing done twice.
// Run with: npx tsx bench/migrator/crash.ts [every=1] [postgresql|mariadb]   (every=5: only every fifth query)
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { ConnectionConfig } from '../../lambda/migrator/connect';
import type { Database } from '../../lambda/migrator/database';
import { engineOf } from '../../lambda/migrator/engine';
import { readFolder } from '../../lambda/migrator/folder';
import { JOURNAL_TABLE } from '../../lambda/migrator/journal';
import type { MysqlDatabase } from '../../lambda/migrator/mysql/connection';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';
import { TestMariaDb } from '../../test/migrator/mariadb';
import { TestPostgres } from '../../test/support/postgres';

const every = Number(process.argv[2] ?? 1);
const wanted = process.argv[3];
const folder = mkdtempSync(join(tmpdir(), 'greenroom-crash-'));
const runner = join(folder, 'dying-runner.js');
const changelogFolder = join(folder, 'changelog');

/** What differs between the engines: thirty changesets of every kind that each of them knows, one of which fails at first. */
interface Case {
  readonly engine: 'postgresql' | 'mariadb';
  readonly failure: RegExp;
  changeset(id: number): { sql: string; outside?: boolean };
  readonly columns: string;
  readonly indexes: string;
}

const ran = (id: number, part = 0) => `INSERT INTO ran VALUES (${id}, ${part});`;
const FIRST = 'CREATE TABLE ran (id int, part int);\nCREATE TABLE gate (open int);\nCREATE TABLE t (a int, b int);';
const COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 't' AND table_schema =";

const CASES: readonly Case[] = [
  {
    engine: 'postgresql',
    failure: /crash failed: division by zero/,
    changeset: (id) => {
      if (id === 0) return { sql: FIRST };
      if (id === 29) return { sql: `SELECT 1 / (SELECT count(*) FROM gate);\n${ran(id)}` };
      if (id % 10 === 5) return { sql: `CREATE INDEX CONCURRENTLY t_${id} ON t (a, b);`, outside: true };
      if (id % 10 === 7) return { sql: `${ran(id)}\nVACUUM t;\n${ran(id, 1)}`, outside: true };
      if (id === 18) return { sql: 'DROP INDEX CONCURRENTLY t_5;', outside: true };
      return { sql: `ALTER TABLE t ADD COLUMN c${id} int;\n${ran(id)}` };
    },
    columns: `${COLUMNS} current_schema() ORDER BY ordinal_position`,
    indexes:
      "SELECT indexrelid::regclass::text AS name, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1",
  },
  {
    engine: 'mariadb',
    failure: /crash failed: Subquery returns more than 1 row/,
    changeset: (id) => {
      if (id === 0) return { sql: `${FIRST}\nINSERT INTO gate VALUES (1), (2);` };
      if (id === 29) return { sql: `${ran(id)}\nINSERT INTO ran VALUES (29, (SELECT open FROM gate));` };
      if (id % 10 === 5) return { sql: `${ran(id)}\nCREATE INDEX t_${id} ON t (a, b);\n${ran(id, 1)}` };
      if (id % 10 === 7) return { sql: `${ran(id)}\nANALYZE TABLE t;\n${ran(id, 1)}`, outside: true };
      if (id === 18) return { sql: 'DROP INDEX t_5 ON t;' };
      if (id % 10 === 3) return { sql: `${ran(id)}\n${ran(id, 1)}` };
      if (id === 14)
        return { sql: `CREATE PROCEDURE p() BEGIN ${ran(id)} ${ran(id, 1)} END;\nCALL p();\nDROP PROCEDURE p;` };
      if (id === 16)
        return {
          sql: 'CREATE TABLE x (i int);\nRENAME TABLE x TO y;\nCREATE VIEW v AS SELECT * FROM y;\nDROP TABLE y;',
        };
      if (id === 24)
        return {
          sql: 'SET foreign_key_checks = 0;\nALTER TABLE t ADD PRIMARY KEY (a), MODIFY b bigint;\nALTER TABLE t ENGINE = InnoDB;',
        };
      return { sql: `ALTER TABLE t ADD COLUMN c${id} int;\n${ran(id)}` };
    },
    columns: `${COLUMNS} DATABASE() ORDER BY ordinal_position`,
    indexes: 'SHOW INDEX FROM t',
  },
];

function changelogText({ changeset }: Case): string {
  const changesets = Array.from({ length: 30 }, (_, id) => {
    const { sql, outside = false } = changeset(id);
    return `--changeset crash:${id}${outside ? ' runInTransaction:false' : ''}\n${sql}`;
  });
  return ['--liquibase formatted sql', ...changesets].join('\n');
}

/** Everything that must be the same as after an undisturbed run. */
async function outcome(database: Database, { columns, indexes }: Case): Promise<object> {
  const rows = async (sql: string) => (await database.query(sql)).rows as object[];
  return {
    ran: await rows('SELECT id, part, count(*) AS times FROM ran GROUP BY 1, 2 ORDER BY 1, 2'),
    columns: await rows(columns),
    indexes: await rows(indexes),
    history: await rows('SELECT id, orderexecuted, exectype FROM DATABASECHANGELOG ORDER BY orderexecuted'),
    journal: await rows(`SELECT * FROM ${JOURNAL_TABLE}`),
    locks: await rows(`SELECT ${engineOf(database).quoted('locked')} FROM DATABASECHANGELOGLOCK`),
  };
}

/** An empty database, again and again: its connection. */
interface Reset {
  readonly config: ConnectionConfig;
  fresh(): Promise<Database>;
  close(): Promise<void>;
}

async function start(engine: Case['engine']): Promise<Reset> {
  if (engine === 'mariadb') {
    const mariadb = await TestMariaDb.start();
    const config = await mariadb.database();
    let last: MysqlDatabase | undefined;
    const fresh = async () => {
      await last?.end();
      await mariadb.reset(config);
      return (last = await mariadb.connect(config));
    };
    return { config, fresh, close: () => mariadb.close() };
  }
  const postgres = await TestPostgres.start();
  const config = await postgres.database();
  const client = await postgres.connect(config);
  const fresh = async () => {
    await postgres.reset(client);
    return client;
  };
  return { config, fresh, close: () => postgres.close() };
}

async function crash(each: Case): Promise<void> {
  writeFileSync(join(changelogFolder, 'all.sql'), changelogText(each));
  const changelog = readChangelog(readFolder(changelogFolder), 'changelog.yaml', { engine: each.engine });
  const { config, fresh, close } = await start(each.engine);
  try {
    const complete = async (database: Database) => {
      const options = { holder: 'next', lockPollMs: 20, lockWaitMs: 30_000 };
      const failed = await update(database, changelog, options).catch((error: Error) => error);
      if (failed instanceof Error) assert.match(failed.message, each.failure);
      await database.query(
        each.engine === 'mariadb' ? 'DELETE FROM gate WHERE open = 2' : 'INSERT INTO gate VALUES (1)',
      );
      assert.equal((await update(database, changelog, options)).done, true);
      return outcome(database, each);
    };
    const expected = await complete(await fresh());
    let [kills, query] = [0, 1];
    for (; ; query += every) {
      let died = false;
      for (const moment of ['before', 'during']) {
        const database = await fresh();
        const args = [runner, changelogFolder, JSON.stringify(config), String(query), moment];
        const child = spawnSync(process.execPath, args, { timeout: 60_000 });
        died ||= child.signal === 'SIGKILL';
        if (child.signal !== 'SIGKILL') continue;
        kills++;
        assert.deepEqual(await complete(database), expected, `killed ${moment} query ${query}`);
      }
      if (!died) break;
      if (kills % 50 === 0) console.log(`${each.engine}: ${kills} kills, up to query ${query}: all completed`);
    }
    console.log(
      `${each.engine}: ${kills} kills at ${query - 1} queries: after each, the next run ended as an undisturbed one, nothing ran twice`,
    );
  } finally {
    await close();
  }
}

async function main(): Promise<void> {
  buildSync({
    entryPoints: [join(__dirname, 'dying-runner.ts')],
    outfile: runner,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['pg-native'],
  });
  mkdirSync(changelogFolder);
  writeFileSync(join(changelogFolder, 'changelog.yaml'), 'databaseChangeLog:\n- include: {file: all.sql}\n');
  try {
    for (const each of CASES) {
      if (wanted !== undefined && wanted !== each.engine) continue;
      if (each.engine === 'mariadb' && !TestMariaDb.isInstalled())
        console.log('mariadb SKIPPED: there is no mariadbd here');
      else await crash(each);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
