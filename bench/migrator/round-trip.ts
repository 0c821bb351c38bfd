// Round trip with the real Liquibase CLI on PostgreSQL and MariaDB: each continues where the other stopped, neither runs a
// changeset twice, both write the same rows. Needs Java 11 or newer, and mariadbd for MariaDB (skipped without); run with:
// npx tsx bench/migrator/round-trip.ts [postgresql|mariadb]
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withDatabase } from '../../lambda/migrator/connect';
import type { ConnectionConfig } from '../../lambda/migrator/connect';
import { readFolder } from '../../lambda/migrator/folder';
import { readHistory } from '../../lambda/migrator/history';
import { planUpdate } from '../../lambda/migrator/plan';
import { readChangelog } from '../../lambda/migrator/reader';
import { rollback } from '../../lambda/migrator/rollback';
import type { RollbackTarget } from '../../lambda/migrator/rollback';
import { update } from '../../lambda/migrator/runner';
import { TestMariaDb } from '../../test/migrator/mariadb';
import { TestPostgres } from '../../test/support/postgres';
import { Liquibase } from './liquibase';

/** What differs between the engines in the changelog of the round trip. */
const WORDS = {
  postgresql: {
    serial: 'serial',
    other: 'mariadb',
    index: 'CREATE INDEX CONCURRENTLY ti ON t (id);\n--rollback DROP INDEX ti;',
  },
  mariadb: {
    serial: 'int AUTO_INCREMENT PRIMARY KEY',
    other: 'postgresql',
    index: 'CREATE INDEX ti ON t (id);\n--rollback DROP INDEX ti ON t;',
  },
} as const;

type EngineWord = keyof typeof WORDS;

function firstOf(engine: EngineWord): Record<string, string> {
  const { serial, other, index } = WORDS[engine];
  return {
    'changelog.yaml': `databaseChangeLog:
- property: {name: size, value: "20"}
- include: {file: sql/1.sql}
- include: {file: sql/2.sql, context: "a or b", labels: "X, y"}
`,
    'sql/1.sql': `--liquibase formatted sql
--property name:log value:log
--changeset ann:log
--comment what ran
CREATE TABLE \${log} (id ${serial}, what varchar(\${size})); -- a comment that counts
INSERT INTO log (what) VALUES ('log');
--rollback DROP TABLE log;
--changeset "bob b":"two words" context:"prod and !test" labels:L1,l2 dbms:postgresql,mariadb
INSERT INTO log (what) VALUES ('two');
--rollback DELETE FROM log WHERE what = 'two';
--changeset ann:other dbms:${other}
INSERT INTO log (what) VALUES ('other');
--changeset ann:pre
--preconditions onFail:MARK_RAN
--precondition-sql-check expectedResult:0 SELECT count(*) FROM log
INSERT INTO log (what) VALUES ('never');
--rollback not required
`,
    'sql/2.sql': `--liquibase formatted sql
--changeset cay:1 context:c
CREATE TABLE t (id int);
INSERT INTO log (what) VALUES ('t');
/* liquibase rollback
DELETE FROM log WHERE what = 't';
DROP TABLE t;
*/
--changeset cay:index runInTransaction:false
${index}
--changeset cay:procedure dbms:mariadb endDelimiter://
CREATE PROCEDURE note(what_to_note varchar(20)) BEGIN INSERT INTO log (what) VALUES (what_to_note); END //
CALL note('called') //
--rollback DELETE FROM log WHERE what = 'called'; DROP PROCEDURE note;
`,
  };
}

function secondOf(engine: EngineWord): Record<string, string> {
  const first = firstOf(engine);
  return {
    ...first,
    'changelog.yaml': `${first['changelog.yaml']}- changeSet:
    id: tag
    author: dan
    changes: [{tagDatabase: {tag: v1}}]
- changeSet:
    id: 5
    author: dan
    comment: in YAML
    changes:
    - sql: {sql: "INSERT INTO log (what) VALUES ('5')"}
    - sqlFile: {path: other/file.txt}
    rollback: "DELETE FROM log WHERE what IN ('5', 'file')"
- changeSet:
    id: always
    author: dan
    runAlways: true
    changes: [{sql: "INSERT INTO log (what) VALUES ('always')"}]
    rollback: "DELETE FROM log WHERE what = 'always'"
`,
    'other/file.txt': "INSERT INTO log (what) VALUES ('file');\n",
  };
}

const ONCE = { postgresql: ['5', 'file', 'log', 't', 'two'], mariadb: ['5', 'called', 'file', 'log', 't', 'two'] };

const folder = mkdtempSync(join(tmpdir(), 'greenroom-round-trip-'));
const options = { holder: 'round trip', lockWaitMs: 60_000, lockPollMs: 50 };

function write(name: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), content);
  }
  return join(folder, name);
}

/** A server of either engine that gives databases away. */
interface TestServer {
  database(): Promise<ConnectionConfig>;
  close(): Promise<void>;
}

async function roundTrip(engine: EngineWord, server: TestServer, liquibase: Liquibase): Promise<void> {
  const [first, second] = [write(`${engine}-first`, firstOf(engine)), write(`${engine}-second`, secondOf(engine))];
  const once = ONCE[engine];
  const read = (path: string) => readChangelog(readFolder(path), 'changelog.yaml', { engine });
  const ours = (config: ConnectionConfig, path: string) =>
    withDatabase(config, (database) => update(database, read(path), options));
  const ask = (config: ConnectionConfig, sql: string) =>
    withDatabase(config, async (database) => (await database.query(sql)).rows as Record<string, unknown>[]);
  const log = async (config: ConnectionConfig) =>
    (await ask(config, 'SELECT what FROM log ORDER BY what')).map((row) => String(row.what));
  const rows = (config: ConnectionConfig) => {
    const columns =
      'id, author, filename, orderexecuted, exectype, md5sum, description, comments, tag, contexts, labels, length(deployment_id) AS deployment';
    return ask(config, `SELECT ${columns} FROM DATABASECHANGELOG ORDER BY orderexecuted`);
  };
  const columnsOf = (config: ConnectionConfig) => {
    const schema = engine === 'mariadb' ? 'table_schema = DATABASE() AND' : '';
    const type = engine === 'mariadb' ? 'column_type' : 'data_type';
    const names = `table_name, column_name, ordinal_position, ${type}, character_maximum_length, is_nullable, column_default`;
    return ask(
      config,
      `SELECT ${names} FROM information_schema.columns WHERE ${schema} lower(table_name) LIKE 'databasechangelog%' ORDER BY 1, 3`,
    );
  };
  const pending = (config: ConnectionConfig, path: string) =>
    withDatabase(config, async (database) =>
      planUpdate(read(path), await readHistory(database)).pending.map(({ changeset }) => changeset.id),
    );
  const back = (config: ConnectionConfig, target: RollbackTarget) =>
    withDatabase(config, (database) => rollback(database, read(second), target, options));

  console.log(`${engine}:`);
  const theirs = await server.database();
  await liquibase.run(theirs, first, 'update');
  await ours(theirs, second);
  console.log('✓ it updates, we continue');

  const mine = await server.database();
  await ours(mine, first);
  const continued = await liquibase.run(mine, second, 'update');
  assert.match(continued.output, /Run:\s+3\s/);
  console.log('✓ we update, it continues');

  const [theirRows, ourRows] = [await rows(theirs), await rows(mine)];
  assert.deepEqual(ourRows, theirRows);
  assert.deepEqual(await columnsOf(mine), await columnsOf(theirs));
  console.log(`✓ the same ${ourRows.length} rows in the same tables`);

  for (const config of [theirs, mine]) {
    assert.deepEqual(
      (await log(config)).filter((what) => what !== 'always'),
      once,
    );
    await liquibase.run(config, second, 'validate');
    const status = await liquibase.run(config, second, 'status', '--verbose');
    const listed = [...status.output.matchAll(/::(\S+)::\w+/g)].map((match) => match[1]);
    assert.deepEqual(listed, await pending(config, second));
  }
  console.log('✓ nothing ran twice; status and validate agree');

  await liquibase.run(theirs, second, 'rollback-count', '2');
  await back(mine, { count: 2 });
  assert.deepEqual(await rows(mine), await rows(theirs));
  await liquibase.run(mine, second, 'update');
  await ours(theirs, second);
  await liquibase.run(mine, second, 'rollback', 'v1');
  await back(theirs, { tag: 'v1' });
  assert.deepEqual(await rows(mine), await rows(theirs));
  assert.deepEqual(await log(mine), await log(theirs));
  console.log('✓ rollback by count and by tag, of each other’s changesets');

  const together = await server.database();
  await Promise.all([ours(together, second), liquibase.run(together, second, 'update'), ours(together, second)]);
  assert.deepEqual(
    (await log(together)).filter((what) => what !== 'always'),
    once,
  );
  assert.deepEqual(
    new Set((await rows(together)).map((row) => (row as { id: string }).id)).size,
    (await rows(together)).length,
  );
  console.log('✓ two of us and one of it at once: every changeset once');
}

async function main(): Promise<void> {
  const liquibase = Liquibase.find();
  if (liquibase === undefined) return console.log('SKIPPED: there is no Java here');
  const wanted = process.argv[2];
  try {
    for (const engine of ['postgresql', 'mariadb'] as const) {
      if (wanted !== undefined && wanted !== engine) continue;
      if (engine === 'mariadb' && !TestMariaDb.isInstalled()) {
        console.log('mariadb SKIPPED: there is no mariadbd here');
        continue;
      }
      const server: TestServer = await (engine === 'mariadb' ? TestMariaDb.start() : TestPostgres.start());
      try {
        await roundTrip(engine, server, liquibase);
      } finally {
        await server.close();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
