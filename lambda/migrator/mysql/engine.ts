import { createHash } from 'node:crypto';
import type { Engine } from '../engine';
import { JOURNALED } from './journaled';
import { refusedWord, statementKind } from './statement-kind';
import { touchesOtherTables } from './storage';

/** What a session was when it began. */
export interface SessionFacts {
  readonly version: string;
  readonly id: number | string;
  readonly schema: string | null;
  readonly sqlMode: string;
  readonly timeZone: string;
  readonly foreignKeyChecks: number | string;
  readonly uniqueChecks: number | string;
  readonly collation: string;
  /** Milliseconds that a statement may run for; 0 is no limit. Set by `limitStatements`, kept by the connection. */
  runMs: number;
}

/** `lock_wait_timeout` for "no limit", as the server's default is. */
const YEAR_SECONDS = 31_536_000;

/** What the migrator says to a session of MySQL or MariaDB, which differ in the server's own limit of time only. */
export function mysqlEngine(name: 'mysql' | 'mariadb', facts: SessionFacts): Engine {
  // Names of locks are the server's, not the database's, and short.
  const lockName = `greenroom:${createHash('sha1').update(String(facts.schema)).digest('hex')}`;
  const transaction = name === 'mariadb' ? 'tx' : 'transaction';
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  return {
    name,
    tables: {
      history:
        'CREATE TABLE IF NOT EXISTS DATABASECHANGELOG (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, DATEEXECUTED datetime NOT NULL, ORDEREXECUTED INT NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35) NULL, `DESCRIPTION` VARCHAR(255) NULL, COMMENTS VARCHAR(255) NULL, TAG VARCHAR(255) NULL, LIQUIBASE VARCHAR(20) NULL, CONTEXTS VARCHAR(255) NULL, LABELS VARCHAR(255) NULL, DEPLOYMENT_ID VARCHAR(10) NULL)',
      lock: 'CREATE TABLE IF NOT EXISTS DATABASECHANGELOGLOCK (ID INT NOT NULL, `LOCKED` TINYINT(1) NOT NULL, LOCKGRANTED datetime NULL, LOCKEDBY VARCHAR(255) NULL, CONSTRAINT PK_DATABASECHANGELOGLOCK PRIMARY KEY (ID))',
      lockRow: 'INSERT IGNORE INTO DATABASECHANGELOGLOCK (ID, `LOCKED`) VALUES (1, 0)',
      // Without transactions the journal would be no better than a guess; the key's three names just fit.
      journal: `CREATE TABLE IF NOT EXISTS greenroom_migration_journal (
        filename varchar(255) NOT NULL, id varchar(255) NOT NULL, author varchar(255) NOT NULL, statement int NOT NULL,
        checksum varchar(64) NOT NULL, finished tinyint(1) NOT NULL, state varchar(1000) NULL,
        at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (filename, id, author, statement)
      ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    },
    quoted: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
    literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
    timeText: (expression) => `CAST(${expression} AS CHAR)`,
    secondsSince: (expression) => `TIMESTAMPDIFF(SECOND, ${expression}, NOW())`,
    // The columns' own collation takes `A` for `a`.
    same: (column, parameter) => `${column} = CONVERT(${parameter} USING utf8mb4) COLLATE utf8mb4_bin`,
    onDuplicate: (_key, columns) =>
      `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,

    ownTable: (_database, table) => table, // USE is refused
    async tableExists(database, table) {
      const { rows } = await database.query(
        'SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = $1',
        [table],
      );
      return rows.length > 0;
    },
    async relationExists(database, kind, relation, schema) {
      const { rows } = await database.query(
        `SELECT 1 AS found FROM information_schema.tables
         WHERE table_schema = COALESCE($1, DATABASE()) AND table_type ${kind === 'view' ? "LIKE '%VIEW'" : "IN ('BASE TABLE', 'SYSTEM VERSIONED')"}
           AND IF(@@lower_case_table_names = 0, BINARY table_name = BINARY $2, LOWER(table_name) = LOWER($2))`,
        [schema ?? null, relation],
      );
      return rows.length > 0;
    },

    sessionLock: {
      async take(database) {
        const { rows } = await database.query(
          "SELECT IF(IS_USED_LOCK($1) = CONNECTION_ID(), 'shared', IF(GET_LOCK($1, 0) = 1, 'taken', 'held')) AS result",
          [lockName],
        );
        return (rows[0] as { result: 'taken' | 'held' | 'shared' }).result;
      },
      async release(database) {
        await database.query('SELECT RELEASE_LOCK($1) AS released', [lockName]);
      },
      async holder(database) {
        const { rows } = await database.query('SELECT IS_USED_LOCK($1) AS session', [lockName]);
        const session = rows[0]?.session as number | string | null | undefined;
        if (session === null || session === undefined) return {};
        const found = await database.query('SELECT time AS seconds FROM information_schema.processlist WHERE id = $1', [
          Number(session),
        ]);
        const seconds = found.rows[0]?.seconds as number | undefined;
        return { session: Number(session), ...(seconds === undefined ? {} : { seconds: Number(seconds) }) };
      },
      endSession: (session) => `KILL ${session}`,
    },

    async limitStatements(database, runMs, lockMs) {
      facts.runMs = runMs;
      const seconds = lockMs === 0 ? YEAR_SECONDS : Math.max(1, Math.ceil(lockMs / 1_000));
      // The connection's own watchdog comes first; this one also ends the statement of a runner that is dead.
      const afterMs = runMs === 0 ? 0 : Math.ceil(runMs) + 1_000;
      const limit = name === 'mariadb' ? `max_statement_time = ${afterMs / 1_000}` : `max_execution_time = ${afterMs}`;
      await database.query(
        `SET SESSION lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${seconds}, ${limit}`,
      );
    },
    limitsItself: (sql) => /^\s*set\b[^;]*\b(lock_wait_timeout|max_execution_time|max_statement_time)\b/i.test(sql),
    async resetSession(database) {
      await database.query(
        `SET SESSION sql_mode = ${text(facts.sqlMode)}, time_zone = ${text(facts.timeZone)}, foreign_key_checks = ${facts.foreignKeyChecks}, unique_checks = ${facts.uniqueChecks},
         character_set_client = utf8mb4, character_set_results = utf8mb4, collation_connection = ${facts.collation},
         ${transaction}_isolation = DEFAULT, ${transaction}_read_only = 0`,
      );
      if (facts.schema !== null) await database.query(`USE \`${facts.schema.replaceAll('`', '``')}\``);
    },
    refusedWord,
    async fitsTransaction(database, statements) {
      const kinds = statements.map(({ sql }) => statementKind(sql));
      if (!kinds.every((kind) => kind === 'data' || kind === 'session')) return false;
      return !kinds.includes('data') || !(await touchesOtherTables(database, statements));
    },
    isQuery: (sql) => statementKind(sql) === 'data',
    journaled: JOURNALED,
  };
}
