// Round trip with the real Liquibase CLI on PostgreSQL: each continues where the other stopped, neither runs a changeset
// twice, both write the same rows. Needs Java 11 or newer; run with: npx tsx bench/migrator/round-trip.ts
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { readFolder } from '../../lambda/migrator/folder';
import { readHistory } from '../../lambda/migrator/history';
import { planUpdate } from '../../lambda/migrator/plan';
import { readChangelog } from '../../lambda/migrator/reader';
import { rollback } from '../../lambda/migrator/rollback';
import { update } from '../../lambda/migrator/runner';
import { TestPostgres } from '../../test/support/postgres';
import { Liquibase } from './liquibase';

const FIRST = {
  'changelog.yaml': `databaseChangeLog:
- property: {name: size, value: "20"}
- include: {file: sql/1.sql}
- include: {file: sql/2.sql, context: "a or b", labels: "X, y"}
`,
  'sql/1.sql': `--liquibase formatted sql
--property name:log value:log
--changeset ann:log
--comment what ran
CREATE TABLE \${log} (id serial, what varchar(\${size})); -- a comment that counts
INSERT INTO log (what) VALUES ('log');
--rollback DROP TABLE log;
--changeset "bob b":"two words" context:"prod and !test" labels:L1,l2 dbms:postgresql,mysql
INSERT INTO log (what) VALUES ('two');
--rollback DELETE FROM log WHERE what = 'two';
--changeset ann:mysql dbms:mysql
INSERT INTO log (what) VALUES ('mysql');
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
CREATE INDEX CONCURRENTLY ti ON t (id);
--rollback DROP INDEX ti;
`,
};
const SECOND = {
  ...FIRST,
  'changelog.yaml': `${FIRST['changelog.yaml']}- changeSet:
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
const ONCE = ['5', 'file', 'log', 't', 'two'];

const folder = mkdtempSync(join(tmpdir(), 'greenroom-round-trip-'));
const options = { holder: 'round trip', lockWaitMs: 60_000, lockPollMs: 50 };

function write(name: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), content);
  }
  return join(folder, name);
}

async function main(): Promise<void> {
  const liquibase = Liquibase.find();
  if (liquibase === undefined) return console.log('SKIPPED: there is no Java here');
  const postgres = await TestPostgres.start();
  const [first, second] = [write('first', FIRST), write('second', SECOND)];
  const read = (path: string) => readChangelog(readFolder(path), 'changelog.yaml');
  const connected = async <T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client(config);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const ours = (config: ClientConfig, path: string) =>
    connected(config, (client) => update(client, read(path), options));
  const log = (config: ClientConfig) =>
    connected(config, async (client) =>
      (await client.query('SELECT what FROM log ORDER BY what')).rows.map((row) => row.what as string),
    );
  const rows = (config: ClientConfig) =>
    connected(config, async (client) => {
      const columns =
        'id, author, filename, orderexecuted, exectype, md5sum, description, comments, tag, contexts, labels, length(deployment_id) AS deployment';
      return (await client.query(`SELECT ${columns} FROM databasechangelog ORDER BY orderexecuted`)).rows as object[];
    });
  const columnsOf = (config: ClientConfig) =>
    connected(config, async (client) => {
      const query = `SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable FROM information_schema.columns WHERE table_name LIKE 'databasechangelog%' ORDER BY 1, 3`;
      return (await client.query(query)).rows as object[];
    });
  const pending = (config: ClientConfig, path: string) =>
    connected(config, async (client) =>
      planUpdate(read(path), await readHistory(client)).pending.map(({ changeset }) => changeset.id),
    );

  try {
    const theirs = await postgres.database();
    await liquibase.run(theirs, first, 'update');
    await ours(theirs, second);
    console.log('✓ it updates, we continue');

    const mine = await postgres.database();
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
        ONCE,
      );
      await liquibase.run(config, second, 'validate');
      const status = await liquibase.run(config, second, 'status', '--verbose');
      const listed = [...status.output.matchAll(/::(\S+)::\w+/g)].map((match) => match[1]);
      assert.deepEqual(listed, await pending(config, second));
    }
    console.log('✓ nothing ran twice; status and validate agree');

    await liquibase.run(theirs, second, 'rollback-count', '2');
    await connected(mine, (client) => rollback(client, read(second), { count: 2 }, options));
    assert.deepEqual(await rows(mine), await rows(theirs));
    await liquibase.run(mine, second, 'update');
    await ours(theirs, second);
    await liquibase.run(mine, second, 'rollback', 'v1');
    await connected(theirs, (client) => rollback(client, read(second), { tag: 'v1' }, options));
    assert.deepEqual(await rows(mine), await rows(theirs));
    assert.deepEqual(await log(mine), await log(theirs));
    console.log('✓ rollback by count and by tag, of each other’s changesets');

    const together = await postgres.database();
    await Promise.all([ours(together, second), liquibase.run(together, second, 'update'), ours(together, second)]);
    assert.deepEqual(
      (await log(together)).filter((what) => what !== 'always'),
      ONCE,
    );
    assert.deepEqual(
      new Set((await rows(together)).map((row) => (row as { id: string }).id)).size,
      (await rows(together)).length,
    );
    console.log('✓ two of us and one of it at once: every changeset once');
  } finally {
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
