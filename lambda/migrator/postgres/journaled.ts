import type { JournaledStatements } from '../engine';
import { eraseEntry, writeEntry } from '../journal';
import { inTransaction, timeLeft } from '../run';
import { limitStatements, runStatement, StatementFailed } from '../run-statement';
import { tokens } from '../tokens';
import { concurrentIndexOf, dropInvalidIndex, indexState } from './concurrent-index';

/**
 * `runInTransaction:false` on PostgreSQL. Each statement is first tried in a transaction together with its journal
 * entry, which is exact. The few that the server refuses there (CREATE INDEX CONCURRENTLY, VACUUM, …) run alone between
 * two entries.
 */
export const JOURNALED: JournaledStatements = {
  preparesSession: (sql) => wordOf(sql) === 'set' || wordOf(sql) === 'reset',
  leavesSessionState: (sql) =>
    wordOf(sql) === 'prepare' || /\bset_config\s*\(|^\s*create\s+(?:(?:global|local)\s+)?temp|\binto\s+temp/i.test(sql),

  async run(run, changeset, statement, entry) {
    const { database } = run;
    const concurrent = concurrentIndexOf(statement.sql);
    if (concurrent === undefined) {
      try {
        await inTransaction(database, async () => {
          await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
          await runStatement(database, changeset, statement);
          await writeEntry(database, changeset, { ...entry, finished: true });
        });
        return;
      } catch (error) {
        if (!(error instanceof StatementFailed) || !error.needsNoTransaction) throw error;
      }
    }
    // Waiting is what CONCURRENTLY does: for every transaction that is older than it. Only the budget limits it.
    await limitStatements(database, timeLeft(run), 0);
    if (concurrent?.action === 'create' && (await dropInvalidIndex(database, concurrent, run.until))) {
      run.onProgress(`dropped the INVALID index ${concurrent.name} that an earlier attempt left`);
    }
    await writeEntry(database, changeset, { ...entry, finished: false });
    try {
      await runStatement(database, changeset, statement);
    } catch (error) {
      // The server answered, so we know: what CONCURRENTLY leaves behind is looked for before the next attempt.
      if (error instanceof StatementFailed && error.code !== undefined)
        await eraseEntry(database, changeset, entry.statement);
      throw error;
    }
    await writeEntry(database, changeset, { ...entry, finished: true });
  },

  async tookEffect({ database }, { sql }) {
    const concurrent = concurrentIndexOf(sql);
    if (concurrent?.name !== undefined) {
      const state = await indexState(database, concurrent);
      return concurrent.action === 'create' ? state === 'valid' : state === 'missing';
    }
    // Doing these twice is as good as once.
    return /^\s*(vacuum|analyze|reindex|cluster|checkpoint|alter\s+system)\b/i.test(sql) ? false : undefined;
  },
};

/** The first word of a statement, behind comments. */
function wordOf(sql: string): string | undefined {
  for (const { kind, start, end } of tokens(sql)) {
    if (kind === 'space' || kind === 'comment') continue;
    return kind === 'word' ? sql.slice(start, end).toLowerCase() : undefined;
  }
  return undefined;
}
