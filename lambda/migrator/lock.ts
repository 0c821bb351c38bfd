import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import type { FreedLocks } from '../domain/migration';
import type { Database } from './database';
import { isServerError, refusalOf } from './database';
import { engineOf } from './engine';

const LOCK_TABLE = 'DATABASECHANGELOGLOCK';

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

/**
 * Does `work` under both locks: a session lock, which dies with the session, and the row of
 * DATABASECHANGELOGLOCK, so that the Liquibase CLI waits for us and we for it. The session lock is polled: a blocking
 * waiter would deadlock with CREATE INDEX CONCURRENTLY.
 *
 * A row that one of our own runners left behind is taken over: whoever holds the session lock knows that its writer is
 * dead. Somebody else's is waited for and then reported.
 *
 * @throws LockHeld when the wait is over
 */
export async function withLock<T>(database: Database, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { now = Date.now, pollMs = 500, waitMs = 300_000 } = options;
  const until = now() + waitMs;
  const { sessionLock } = engineOf(database);
  // Somebody may hold our own tables: with a transaction that was left open, or a copy of them that is being made.
  await limitOwnStatements(database, waitMs);
  const take = async () => {
    const result = await sessionLock.take(database);
    if (result === 'shared') throw sessionShared();
    return result === 'taken';
  };
  await poll(take, until, pollMs, now, () => sessionHeld(database));
  try {
    await poll(
      () => tryRow(database, options.holder).catch(unlessBusy),
      until,
      pollMs,
      now,
      () => rowHeld(database),
    );
    try {
      return await work();
    } finally {
      await resetWholly(database).catch(() => undefined);
      await releaseRow(database).catch(() => undefined); // a dead connection: the next runner takes the row over
    }
  } finally {
    await engineOf(database)
      .limitStatements(database, 0, 0)
      .catch(() => undefined);
    await sessionLock.release(database).catch(() => undefined);
  }
}

/** What the row says, for `greenroom migrate status`; undefined when nobody holds it. */
export async function lockRow(database: Database): Promise<{ holder: string; since: string } | undefined> {
  const { tableExists, timeText, quoted } = engineOf(database);
  if (!(await tableExists(database, LOCK_TABLE))) return undefined;
  const { rows } = await database.query(
    `SELECT lockedby AS holder, ${timeText('lockgranted')} AS since FROM ${lockTable(database)} WHERE id = 1 AND ${quoted('locked')} = TRUE`,
  );
  return rows[0] as { holder: string; since: string } | undefined;
}

/**
 * Frees both locks: what an operator does after making sure that their holder is dead.
 *
 * @param own the holder's name that runners of ours begin with; whatever else holds the locks keeps them
 * unless `force` is set
 * @throws ReleaseError MigrationFailed when they are somebody else's; nothing was done then
 */
export async function freeLocks(
  database: Database,
  { own, force = false }: { readonly own?: string; readonly force?: boolean },
): Promise<FreedLocks> {
  const row = await lockRow(database);
  const { session: held } = await engineOf(database).sessionLock.holder(database);
  const isOurs =
    row === undefined
      ? held === undefined
      : own !== undefined && `${row.holder} `.startsWith(`${HOLDER_PREFIX}${own} `);
  if (!isOurs && !force) {
    const holder = row === undefined ? `session ${held} of the server` : `${row.holder} (since ${row.since})`;
    throw new ReleaseError(
      'MigrationFailed',
      `the lock is held by ${holder}, which is no runner of this environment; nothing was done. When you know that it is dead: "greenroom migrate release-locks --force"`,
    );
  }
  const session = await endLockSession(database);
  if (row !== undefined) await releaseRow(database);
  return { ...(row && { row }), ...(session !== undefined && { session }) };
}

/** A changeset that failed may have left what keeps us from our own tables: a role, a read-only session, a limit of time. */
async function resetWholly(database: Database): Promise<void> {
  await engineOf(database).resetSession(database);
  await limitOwnStatements(database);
}

/** Milliseconds that a statement on our own tables may run, and wait for a lock. */
const [OWN_RUN_MS, OWN_LOCK_MS] = [30_000, 5_000];

function limitOwnStatements(database: Database, waitMs = OWN_LOCK_MS): Promise<void> {
  return engineOf(database).limitStatements(database, OWN_RUN_MS, Math.min(waitMs, OWN_LOCK_MS));
}

/** Frees the row, whoever holds it. */
async function releaseRow(database: Database): Promise<void> {
  const { quoted } = engineOf(database);
  await database.query(
    `UPDATE ${lockTable(database)} SET ${quoted('locked')} = FALSE, lockedby = NULL, lockgranted = NULL WHERE id = 1`,
  );
}

/**
 * Ends the session that holds the session lock: what an operator does when its runner is dead and its last statement
 * would run for long. The user's own sessions need no privilege for it.
 *
 * @returns the session that was ended; undefined when nobody holds the lock
 */
async function endLockSession(database: Database): Promise<number | undefined> {
  const { sessionLock } = engineOf(database);
  const { session } = await sessionLock.holder(database);
  if (session !== undefined) await database.query(sessionLock.endSession(session));
  return session;
}

async function tryRow(database: Database, holder: string): Promise<boolean> {
  const { quoted } = engineOf(database);
  await ensureLockTable(database);
  const { rowCount } = await database.query(
    `UPDATE ${lockTable(database)} SET ${quoted('locked')} = TRUE, lockedby = $1, lockgranted = NOW() WHERE id = 1 AND (${quoted('locked')} = FALSE OR lockedby LIKE '${HOLDER_PREFIX}%')`,
    [`${HOLDER_PREFIX}${holder}`.slice(0, 255)],
  );
  return rowCount === 1;
}

/** Somebody's open transaction holds the row or the table. */
function unlessBusy(error: Error): false {
  if (isServerError(error) && refusalOf(error) === 'busy') return false;
  throw error;
}

function lockTable(database: Database): string {
  return engineOf(database).ownTable(database, LOCK_TABLE);
}

async function ensureLockTable(database: Database): Promise<void> {
  const { tableExists, tables } = engineOf(database);
  if (!(await tableExists(database, LOCK_TABLE))) await database.query(tables.lock);
  await database.query(tables.lockRow);
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

/** A lock that dies with its session keeps nobody out who works in the same session. */
function sessionShared(): Error {
  return new ReleaseError(
    'MigrationFailed',
    'this session already has the lock of a migrator: the connection goes through a pooler that gives one session to several clients (PgBouncer in transaction mode); connect to the database itself',
  );
}

async function sessionHeld(database: Database): Promise<Error> {
  const { sessionLock } = engineOf(database);
  const { session, seconds } = await sessionLock.holder(database);
  return new LockHeld(
    `session ${session ?? '?'}`,
    seconds,
    `another migrator (session ${session ?? 'unknown'} of the server) is migrating this database; wait for it, or end it with "${sessionLock.endSession(session ?? '<session>')}"`,
  );
}

async function rowHeld(database: Database): Promise<Error> {
  const { timeText, secondsSince } = engineOf(database);
  const { rows } = await database.query(
    `SELECT lockedby AS holder, ${timeText('lockgranted')} AS since, ${secondsSince('lockgranted')} AS seconds FROM ${lockTable(database)} WHERE id = 1`,
  );
  const { holder, since, seconds } = (rows[0] ?? {}) as { holder?: string | null; since?: string; seconds?: number };
  return new LockHeld(
    holder ?? 'unknown',
    seconds ?? undefined,
    holder === undefined || holder === null
      ? 'DATABASECHANGELOGLOCK is held by a transaction that somebody began and did not end; end its session'
      : `DATABASECHANGELOGLOCK is held by ${holder} since ${since ?? 'unknown'}; when it is dead, free it with "liquibase release-locks" or "greenroom migrate release-locks"`,
  );
}
