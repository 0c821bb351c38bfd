import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import type { Database } from './database';
import { tableExists } from './history';

/** Class of the advisory lock ("GRNR"); its object is the schema, so that schemas of one database do not wait for each other. */
const ADVISORY_CLASS = 0x47524e52;

/** Begin of LOCKEDBY in rows that this runner writes. */
const HOLDER_PREFIX = 'greenroom ';

export interface LockOptions {
  /** Who takes it, for people: environment and release. */
  readonly holder: string;
  /** Milliseconds to wait for somebody else's lock. @default 300000, as Liquibase does */
  readonly waitMs?: number;
  /** Milliseconds between two tries. @default 500 */
  readonly pollMs?: number;
  readonly now?: () => number;
}

/** The lock is somebody else's, and stays so for longer than we waited. */
export class LockHeld extends ReleaseError {
  constructor(
    readonly holder: string,
    /** Seconds that it has been held for, by the database's clock; undefined when nobody knows. */
    readonly heldSeconds: number | undefined,
    message: string,
  ) {
    super('MigrationFailed', message);
  }
}

// The statements that Liquibase 4.28.0 makes its table with, on PostgreSQL.
const CREATE_LOCK = `CREATE TABLE IF NOT EXISTS databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP WITHOUT TIME ZONE, LOCKEDBY VARCHAR(255), CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID))`;

/**
 * Does `work` under both locks: a session advisory lock, which dies with the session, and the row of
 * DATABASECHANGELOGLOCK, so that the Liquibase CLI waits for us and we for it. The advisory lock is polled: a blocking
 * waiter would deadlock with CREATE INDEX CONCURRENTLY.
 *
 * A row that one of our own runners left behind is taken over: whoever holds the advisory lock knows that its writer is
 * dead. Somebody else's is waited for and then reported.
 *
 * @throws LockHeld when the wait is over
 */
export async function withLock<T>(database: Database, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { now = Date.now, pollMs = 500, waitMs = 300_000 } = options;
  const until = now() + waitMs;
  await poll(
    () => tryAdvisory(database),
    until,
    pollMs,
    now,
    () => advisoryHeld(database),
  );
  try {
    await ensureLockTable(database);
    await poll(
      () => tryRow(database, options.holder),
      until,
      pollMs,
      now,
      () => rowHeld(database),
    );
    try {
      return await work();
    } finally {
      await releaseRow(database).catch(() => undefined); // a dead connection: the next runner takes the row over
    }
  } finally {
    await database.query(`SELECT pg_advisory_unlock(${ADVISORY_CLASS}, ${SCHEMA_ID})`).catch(() => undefined);
  }
}

/** What the row says, for `greenroom migrate status`; undefined when nobody holds it. */
export async function lockRow(database: Database): Promise<{ holder: string; since: string } | undefined> {
  if (!(await tableExists(database, 'databasechangeloglock'))) return undefined;
  const { rows } = await database.query(
    'SELECT lockedby AS holder, lockgranted::text AS since FROM databasechangeloglock WHERE id = 1 AND locked',
  );
  return rows[0] as { holder: string; since: string } | undefined;
}

/** Frees the row, whoever holds it: what an operator does after making sure that the holder is dead. */
export async function releaseRow(database: Database): Promise<void> {
  await database.query(
    'UPDATE databasechangeloglock SET locked = FALSE, lockedby = NULL, lockgranted = NULL WHERE id = 1',
  );
}

const SCHEMA_ID = '(SELECT oid::bigint::bit(32)::int FROM pg_namespace WHERE nspname = current_schema())';

async function tryAdvisory(database: Database): Promise<boolean> {
  const { rows } = await database.query(`SELECT pg_try_advisory_lock(${ADVISORY_CLASS}, ${SCHEMA_ID}) AS locked`);
  return Boolean(rows[0]?.locked);
}

async function tryRow(database: Database, holder: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE databasechangeloglock SET locked = TRUE, lockedby = $1, lockgranted = NOW() WHERE id = 1 AND (locked = FALSE OR lockedby LIKE '${HOLDER_PREFIX}%')`,
    [`${HOLDER_PREFIX}${holder}`.slice(0, 255)],
  );
  return rowCount === 1;
}

async function ensureLockTable(database: Database): Promise<void> {
  if (!(await tableExists(database, 'databasechangeloglock'))) await database.query(CREATE_LOCK);
  await database.query('INSERT INTO databasechangeloglock (id, locked) VALUES (1, FALSE) ON CONFLICT (id) DO NOTHING');
}

async function poll(
  attempt: () => Promise<boolean>,
  until: number,
  pollMs: number,
  now: () => number,
  refusal: () => Promise<Error>,
): Promise<void> {
  while (!(await attempt())) {
    if (now() + pollMs > until) throw await refusal();
    await sleep(pollMs);
  }
}

async function advisoryHeld(database: Database): Promise<Error> {
  const { rows } = await database.query(
    `SELECT activity.pid, activity.application_name AS name, extract(epoch FROM now() - activity.xact_start)::int AS seconds
     FROM pg_locks JOIN pg_stat_activity activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid = ${ADVISORY_CLASS}::oid AND objid = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
  );
  const pid = rows[0]?.pid as number | undefined;
  return new LockHeld(
    `session ${pid ?? '?'}`,
    (rows[0]?.seconds as number | null) ?? undefined,
    `another migrator (server process ${pid ?? 'unknown'}) is migrating this database; wait for it, or end it with "SELECT pg_terminate_backend(${pid ?? '<pid>'})"`,
  );
}

async function rowHeld(database: Database): Promise<Error> {
  const { rows } = await database.query(
    'SELECT lockedby AS holder, lockgranted::text AS since, extract(epoch FROM localtimestamp - lockgranted)::int AS seconds FROM databasechangeloglock WHERE id = 1',
  );
  const { holder, since, seconds } = (rows[0] ?? {}) as { holder?: string; since?: string; seconds?: number };
  return new LockHeld(
    holder ?? 'unknown',
    seconds ?? undefined,
    `DATABASECHANGELOGLOCK is held by ${holder ?? 'unknown'} since ${since ?? 'unknown'}; when it is dead, free it with "liquibase release-locks" or "greenroom migrate release-locks"`,
  );
}
