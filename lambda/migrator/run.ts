import type { Database } from './database';
import { engineOf } from './engine';

/** What the changesets of one update or rollback share. */
export interface Run {
  readonly database: Database;
  readonly deployment: string;
  /** Unix milliseconds at which the work must have stopped. */
  readonly until: number;
  readonly lockTimeoutMs: number;
  readonly attempts: number;
  readonly onProgress: (message: string) => void;
  /** ORDEREXECUTED of the next row; nobody else writes rows while we hold the lock. */
  nextOrder: number;
  /** Whether nothing was done yet: a statement that does not end now has had the whole budget. */
  first: boolean;
}

/** Milliseconds left, at least one: 0 would mean "no limit". */
export function timeLeft({ until }: Pick<Run, 'until'>): number {
  return until === Infinity ? 0 : Math.max(1, until - Date.now());
}

/** Does `work` in a transaction; an error takes it back. */
export async function inTransaction<T>(
  database: Database,
  work: () => Promise<T>,
  begin: 'START TRANSACTION' | 'START TRANSACTION READ ONLY' = 'START TRANSACTION',
): Promise<T> {
  await database.query(begin);
  try {
    const result = await work();
    await database.query('COMMIT');
    return result;
  } catch (error) {
    // When the connection is gone the server takes it back by itself.
    await database.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What a changeset set for itself must not decide where its row goes, nor reach the next changeset. */
export function resetSession(database: Database): Promise<void> {
  return engineOf(database).resetSession(database);
}
