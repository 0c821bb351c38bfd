import type { Database } from '../database';
import type { Engine } from '../engine';
import { transactionWord } from '../transaction-words';
import { JOURNALED } from './journaled';
import { ownTable, rememberSchema, resetSession } from './session';

/** Class of the advisory lock ("GRNR"); its object is the schema, so that schemas of one database do not wait for each other. */
const ADVISORY_CLASS = 0x47524e52;
const SCHEMA_ID = '(SELECT oid::bigint::bit(32)::int FROM pg_namespace WHERE nspname = current_schema())';

/** Picks that lock in `pg_locks`. */
const HELD = `locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid = ${ADVISORY_CLASS}::oid AND objid = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`;

/** What the migrator says to PostgreSQL. */
export const POSTGRES: Engine = {
  name: 'postgresql',
  tables: {
    history: `CREATE TABLE IF NOT EXISTS databasechangelog (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, DATEEXECUTED TIMESTAMP WITHOUT TIME ZONE NOT NULL, ORDEREXECUTED INTEGER NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), DESCRIPTION VARCHAR(255), COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255), LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10))`,
    lock: `CREATE TABLE IF NOT EXISTS databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP WITHOUT TIME ZONE, LOCKEDBY VARCHAR(255), CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID))`,
    lockRow: 'INSERT INTO databasechangeloglock (id, locked) VALUES (1, FALSE) ON CONFLICT (id) DO NOTHING',
    journal: `CREATE TABLE IF NOT EXISTS greenroom_migration_journal (
      filename text NOT NULL, id text NOT NULL, author text NOT NULL, statement integer NOT NULL,
      checksum text NOT NULL, finished boolean NOT NULL, state text, at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (filename, id, author, statement))`,
  },
  quoted: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  literal: (text) => `'${text.replaceAll("'", "''")}'`,
  timeText: (expression) => `${expression}::text`,
  secondsSince: (expression) => `extract(epoch FROM localtimestamp - ${expression})::int`,
  same: (column, parameter) => `${column} = ${parameter}`,
  onDuplicate: (key, columns) =>
    `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,

  ownTable,
  async tableExists(database, name) {
    const { rows } = await database.query('SELECT to_regclass($1) IS NOT NULL AS exists', [ownTable(database, name)]);
    return Boolean(rows[0]?.exists);
  },

  // As Liquibase looks names up on PostgreSQL: without regard to case.
  async relationExists(database, kind, name, schema) {
    const { rows } = await database.query(
      `SELECT 1 FROM pg_class JOIN pg_namespace schemas ON schemas.oid = relnamespace
       WHERE lower(relname) = lower($1) AND lower(nspname) = lower(COALESCE($2, current_schema())) AND relkind::text = ANY($3)`,
      [name, schema ?? null, kind === 'table' ? ['r', 'p', 'f'] : ['v']],
    );
    return rows.length > 0;
  },

  sessionLock: {
    async take(database) {
      await rememberSchema(database);
      const { rows } = await database.query(
        `SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_locks WHERE ${HELD} AND pid = pg_backend_pid()) THEN 'shared'
           WHEN pg_try_advisory_lock(${ADVISORY_CLASS}, ${SCHEMA_ID}) THEN 'taken' ELSE 'held' END AS result`,
      );
      return (rows[0] as { result: 'taken' | 'held' | 'shared' }).result;
    },
    async release(database) {
      await database.query('SELECT pg_advisory_unlock_all()'); // those of changesets, too
    },
    async holder(database) {
      const { rows } = await database.query(
        `SELECT activity.pid, extract(epoch FROM now() - COALESCE(activity.xact_start, activity.state_change))::int AS seconds
         FROM pg_locks JOIN pg_stat_activity activity USING (pid)
         WHERE ${HELD}`,
      );
      return { session: rows[0]?.pid as number | undefined, seconds: (rows[0]?.seconds as number | null) ?? undefined };
    },
    endSession: (session) => `SELECT pg_terminate_backend(${session})`,
  },

  async limitStatements(database: Database, runMs: number, lockMs: number) {
    await database.query(`SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)`, [
      String(Math.ceil(runMs)),
      String(Math.ceil(lockMs)),
    ]);
  },
  limitsItself: (sql) => /^\s*set\b[^;]*\b(lock|statement)_timeout\b/i.test(sql),
  resetSession,
  refusedWord: (sql) => transactionWord(sql),
  // Nearly everything does; what does not is refused by the server, and its author says runInTransaction:false.
  fitsTransaction: () => Promise.resolve(true),
  isQuery: () => true, // PostgreSQL refuses whatever writes
  journaled: JOURNALED,
};
