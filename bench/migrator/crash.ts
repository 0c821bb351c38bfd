// Kills the migrator (SIGKILL) at every query of a changelog of 30 changesets, before the query and in the middle of it, and
// checks that the next run completes what an undisturbed run does, with nothing done twice.
// Run with: npx tsx bench/migrator/crash.ts [every=1]   (every=5: only every fifth query)
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Client } from 'pg';
import { readFolder } from '../../lambda/migrator/folder';
import { JOURNAL_TABLE } from '../../lambda/migrator/journal';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';
import { TestPostgres } from '../../test/support/postgres';

const every = Number(process.argv[2] ?? 1);
const folder = mkdtempSync(join(tmpdir(), 'greenroom-crash-'));
const runner = join(folder, 'dying-runner.js');
const changelogFolder = join(folder, 'changelog');

/** Thirty changesets: transactional ones, some outside transactions, concurrent indexes, and one that fails at first. */
function changelogText(): string {
  const ran = (id: number, part = 0) => `INSERT INTO ran VALUES (${id}, ${part});`;
  const changesets = Array.from({ length: 30 }, (_, id) => {
    if (id === 0)
      return 'CREATE TABLE ran (id int, part int);\nCREATE TABLE gate (open int);\nCREATE TABLE t (a int, b int);';
    if (id === 29) return `SELECT 1 / (SELECT count(*) FROM gate);\n${ran(id)}`;
    if (id % 10 === 5) return `CREATE INDEX CONCURRENTLY t_${id} ON t (a, b);`;
    if (id % 10 === 7) return `${ran(id)}\nVACUUM t;\n${ran(id, 1)}`;
    if (id === 18) return 'DROP INDEX CONCURRENTLY t_5;';
    return `ALTER TABLE t ADD COLUMN c${id} int;\n${ran(id)}`;
  });
  const outside = (id: number) => (id % 10 === 5 || id % 10 === 7 || id === 18 ? ' runInTransaction:false' : '');
  return [
    '--liquibase formatted sql',
    ...changesets.map((sql, id) => `--changeset crash:${id}${outside(id)}\n${sql}`),
  ].join('\n');
}

/** Everything that must be the same as after an undisturbed run. */
async function outcome(client: Client): Promise<object> {
  const rows = async (sql: string) => (await client.query(sql)).rows;
  return {
    ran: await rows('SELECT id, part, count(*)::int AS times FROM ran GROUP BY 1, 2 ORDER BY 1, 2'),
    columns: await rows(
      "SELECT column_name FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position",
    ),
    indexes: await rows(
      "SELECT indexrelid::regclass::text AS name, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1",
    ),
    history: await rows('SELECT id, orderexecuted, exectype FROM databasechangelog ORDER BY orderexecuted'),
    journal: await rows(`SELECT * FROM ${JOURNAL_TABLE}`),
    locks: await rows('SELECT locked FROM databasechangeloglock'),
  };
}

async function main(): Promise<void> {
  buildSync({
    entryPoints: [join(__dirname, 'dying-runner.ts')],
    outfile: runner,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native'],
  });
  mkdirSync(changelogFolder);
  writeFileSync(join(changelogFolder, 'changelog.yaml'), 'databaseChangeLog:\n- include: {file: all.sql}\n');
  writeFileSync(join(changelogFolder, 'all.sql'), changelogText());
  const changelog = readChangelog(readFolder(changelogFolder), 'changelog.yaml');
  const postgres = await TestPostgres.start();
  try {
    const config = await postgres.database();
    const client = await postgres.connect(config);
    const complete = async () => {
      const options = { holder: 'next', lockPollMs: 20, lockWaitMs: 30_000 };
      const failed = await update(client, changelog, options).catch((error: Error) => error);
      if (failed instanceof Error) assert.match(failed.message, /crash failed: division by zero/);
      await client.query('INSERT INTO gate VALUES (1)');
      assert.equal((await update(client, changelog, options)).done, true);
      return outcome(client);
    };
    const expected = await complete();
    let [kills, query] = [0, 1];
    for (; ; query += every) {
      let died = false;
      for (const moment of ['before', 'during']) {
        await postgres.reset(client);
        const args = [runner, changelogFolder, JSON.stringify(config), String(query), moment];
        const child = spawnSync(process.execPath, args, { timeout: 60_000 });
        died ||= child.signal === 'SIGKILL';
        if (child.signal !== 'SIGKILL') continue;
        kills++;
        assert.deepEqual(await complete(), expected, `killed ${moment} query ${query}`);
      }
      if (!died) break;
      if (kills % 50 === 0) console.log(`${kills} kills, up to query ${query}: all completed`);
    }
    console.log(
      `${kills} kills at ${query - 1} queries: after each, the next run ended as an undisturbed one, nothing ran twice`,
    );
  } finally {
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
