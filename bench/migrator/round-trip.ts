// Round trip with the real Liquibase CLI on PostgreSQL and MariaDB: each continues where the other stopped, step by step;
// neither runs a changeset twice, and after each step both databases hold the same rows. Needs Java 11 or newer, and mariadbd for MariaDB (skipped without); run with:
// npx tsx bench/migrator/round-trip.ts [postgresql|mariadb]
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withDatabase } from '../../lambda/migrator/connect';
import type { ConnectionConfig } from '../../lambda/migrator/connect';
import { readFolder } from '../../lambda/migrator/folder';
import { readHistory } from '../../lambda/migrator/history';
import { JOURNAL_TABLE } from '../../lambda/migrator/journal';
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
--changeset ann:same dbms:postgresql
INSERT INTO log (what) VALUES ('same');
--rollback DELETE FROM log WHERE what = 'same';
--changeset ann:same dbms:mariadb
INSERT INTO log (what) VALUES ('same');
--rollback DELETE FROM log WHERE what = 'same';
--changeset ann:late
INSERT INTO log (what) VALUES ('\${late} \${own}');
--rollback DELETE FROM log WHERE what = 'later mine';
--property name:late value:later
--property name:own value:other global:false
--property name:own value:mine global:false
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
    id: changing
    author: dan
    runOnChange: true
    labels: X
    changes: [{sql: {sql: "UPDATE log SET what = what", splitStatements: false}}]
    rollback: []
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

/** The second changelog once more: one changeset may change, and did. */
function thirdOf(engine: EngineWord): Record<string, string> {
  const second = secondOf(engine);
  return { ...second, 'changelog.yaml': (second['changelog.yaml'] ?? '').replace('what = what', 'what = upper(what)') };
}

/** The second changelog with another text of what has run. */
function driftedOf(engine: EngineWord): Record<string, string> {
  const second = secondOf(engine);
  return { ...second, 'sql/1.sql': (second['sql/1.sql'] ?? '').replace("('two')", "('three')") };
}

const ONCE = {
  postgresql: ['5', 'file', 'later mine', 'log', 'same', 't', 'two'],
  mariadb: ['5', 'called', 'file', 'later mine', 'log', 'same', 't', 'two'],
};

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

/** Changes a database, as the real program and as we do it. */
interface Step {
  readonly name: string;
  readonly folder: string;
  theirs(config: ConnectionConfig): Promise<unknown>;
  ours(config: ConnectionConfig): Promise<unknown>;
}

class RoundTrip {
  constructor(
    private readonly engine: EngineWord,
    private readonly server: TestServer,
    private readonly liquibase: Liquibase,
  ) {}

  /**
   * Two databases go through the same steps; in each step one is changed by the real program and the other by us, and in
   * the next step the other way round. After each step they must be the same, to the last row.
   */
  async crosswise(startsWithUs: boolean): Promise<void> {
    const [left, right] = [await this.server.database(), await this.server.database()];
    for (const [index, step] of this.steps().entries()) {
      const [ours, theirs] = (index % 2 === 0) === startsWithUs ? [left, right] : [right, left];
      await Promise.all([step.theirs(theirs), step.ours(ours)]);
      const state = await this.state(theirs);
      assert.deepEqual(await this.state(ours), state, step.name);
      await Promise.all([left, right].map((config) => this.agree(config, step.folder, step.name)));
      const rows = Object.values(state.contents).reduce((sum, { length }) => sum + length, 0);
      console.log(`✓ ${step.name}: the same ${rows} rows in the same ${Object.keys(state.contents).length} tables`);
    }
    for (const config of [left, right]) await this.refuseDrift(config);
    console.log('✓ both refuse a changeset that was changed, and change nothing');
  }

  /** Two of us and one of it at once. */
  async together(): Promise<void> {
    const config = await this.server.database();
    const second = write(`${this.engine}-second`, secondOf(this.engine));
    await Promise.all([
      this.update(config, second),
      this.liquibase.run(config, second, 'update'),
      this.update(config, second),
    ]);
    const { contents } = await this.state(config);
    const log = (contents.log ?? []).map(({ what }) => String(what)).filter((what) => what !== 'always');
    assert.deepEqual(log.sort(), ONCE[this.engine]);
    const history = (contents.databasechangelog ?? []).map(({ id }) => id);
    assert.equal(new Set(history).size, history.length);
    console.log('✓ two of us and one of it at once: every changeset once');
  }

  private steps(): Step[] {
    const folders = { first: firstOf, second: secondOf, third: thirdOf };
    const [first, second, third] = Object.entries(folders).map(([name, files]) =>
      write(`${this.engine}-${name}`, files(this.engine)),
    ) as [string, string, string];
    const update = (name: string, path: string): Step => ({
      name,
      folder: path,
      theirs: (config) => this.liquibase.run(config, path, 'update'),
      ours: (config) => this.update(config, path),
    });
    const back = (name: string, command: string[], target: RollbackTarget): Step => ({
      name,
      folder: second,
      theirs: (config) => this.liquibase.run(config, second, ...command),
      ours: (config) => withDatabase(config, (database) => rollback(database, this.read(second), target, options)),
    });
    return [
      update('an update', first),
      update('an update with nothing to do', first),
      update('an update that continues', second),
      back('a rollback by count', ['rollback-count', '3'], { count: 3 }),
      update('an update after it', second),
      back('a rollback to a tag', ['rollback', 'v1'], { tag: 'v1' }),
      update('an update after it', second),
      update('an update with a changeset that may change', third),
      back('a rollback of everything', ['rollback-count', '99'], { count: 99 }),
      update('an update from the beginning', second),
    ];
  }

  private read(path: string) {
    return readChangelog(readFolder(path), 'changelog.yaml', { engine: this.engine });
  }

  private update(config: ConnectionConfig, path: string) {
    return withDatabase(config, (database) => update(database, this.read(path), options));
  }

  /** Everything in a database but times, and the ids of the runs. */
  private state(config: ConnectionConfig) {
    const schema = this.engine === 'mariadb' ? 'DATABASE()' : 'current_schema()';
    return withDatabase(config, async (database) => {
      const ask = async (sql: string) => (await database.query(sql)).rows as Record<string, unknown>[];
      const type = this.engine === 'mariadb' ? 'column_type' : 'data_type';
      const columns = await ask(
        `SELECT lower(table_name) AS name, column_name AS col, ${type} AS type, character_maximum_length AS size, is_nullable AS nullable, column_default AS value
         FROM information_schema.columns WHERE table_schema = ${schema} AND table_name <> '${JOURNAL_TABLE}' ORDER BY 1, ordinal_position`,
      );
      const routines = await ask(
        `SELECT routine_name AS name FROM information_schema.routines WHERE routine_schema = ${schema} ORDER BY 1`,
      );
      const indexes = await ask(
        this.engine === 'mariadb'
          ? `SELECT index_name AS name FROM information_schema.statistics WHERE table_schema = ${schema} AND table_name <> '${JOURNAL_TABLE}' ORDER BY 1`
          : `SELECT indexname AS name FROM pg_indexes WHERE schemaname = ${schema} AND tablename <> '${JOURNAL_TABLE}' ORDER BY 1`,
      );
      const contents: Record<string, Record<string, unknown>[]> = {};
      for (const { name } of new Map(columns.map((column) => [column.name, column])).values()) {
        const table =
          this.engine === 'mariadb' && /^databasechange/.test(String(name)) ? String(name).toUpperCase() : name;
        const rows = await ask(`SELECT * FROM ${String(table)}`);
        contents[String(name)] = rows.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      }
      return { columns, routines, indexes, contents };
    });
  }

  /** What is pending is the same to both, and both find the history valid. */
  private async agree(config: ConnectionConfig, path: string, name: string): Promise<void> {
    const plan = await withDatabase(config, async (database) =>
      planUpdate(this.read(path), await readHistory(database)),
    );
    const [status] = await Promise.all([
      this.liquibase.run(config, path, 'status', '--verbose'),
      this.liquibase.run(config, path, 'validate'),
    ]);
    const listed = [...status.output.matchAll(/::(\S+|two words)::/g)].map((match) => match[1]);
    assert.deepEqual(
      plan.pending.map(({ changeset }) => changeset.id),
      listed,
      name,
    );
    assert.deepEqual(plan.drift, [], name);
  }

  private async refuseDrift(config: ConnectionConfig): Promise<void> {
    const drifted = write(`${this.engine}-drifted`, driftedOf(this.engine));
    const before = await this.state(config);
    await assert.rejects(this.liquibase.run(config, drifted, 'validate'), /two words::bob b was: 9:/);
    await assert.rejects(this.liquibase.run(config, drifted, 'update'), /two words::bob b was: 9:/);
    await assert.rejects(this.update(config, drifted), /two words::bob b was changed after it was run/);
    assert.deepEqual(await this.state(config), before);
  }
}

/** A row without what two runs never have in common. */
function comparable(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(entries.filter(([name]) => !/^(dateexecuted|liquibase|deployment_id)$/.test(name)));
}

async function main(): Promise<void> {
  const liquibase = Liquibase.find();
  if (liquibase === undefined) return console.log('SKIPPED: there is no Java here');
  // A hundred short lives for each engine: most of their time would go into compiling what is used once.
  process.env.JAVA_TOOL_OPTIONS = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
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
        const roundTrip = new RoundTrip(engine, server, liquibase);
        for (const startsWithUs of [false, true]) {
          console.log(`${engine}, ${startsWithUs ? 'we' : 'it'} first:`);
          await roundTrip.crosswise(startsWithUs);
        }
        await roundTrip.together();
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
