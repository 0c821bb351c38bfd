import { ReleaseError } from '../domain/errors';
import type { Changeset } from './changelog';
import { identity } from './changelog';
import { concurrentIndexOf, dropInvalidIndex, indexState } from './concurrent-index';
import { recordRun } from './history';
import type { RunRecord } from './history';
import {
  ensureJournal,
  eraseEntry,
  eraseJournal,
  JOURNAL_TABLE,
  journalCondition,
  readJournal,
  statementChecksum,
  writeEntry,
} from './journal';
import type { JournalEntry } from './journal';
import { inTransaction, resetSession, timeLeft } from './run';
import type { Run } from './run';
import { limitStatements, OutOfTime, runStatement, StatementFailed } from './run-statement';
import type { Statement } from './split';
import { statementsOf } from './statements';

/**
 * Runs a changeset with `runInTransaction:false`. Each statement is first tried in a transaction together with its
 * journal entry, which is exact. The few that the server refuses there (CREATE INDEX CONCURRENTLY, VACUUM, …) run alone
 * between two entries; when the runner dies between these, the catalog says whether the statement took effect, or the
 * next run asks.
 */
export async function runOutsideTransaction(run: Run, changeset: Changeset, record: RunRecord): Promise<void> {
  const { database } = run;
  const statements = statementsOf(changeset);
  await ensureJournal(database);
  const entries = await readJournal(database, changeset);
  refuseChangedText(changeset, statements, entries);
  for (const [index, statement] of statements.entries()) {
    const entry = entries.find((candidate) => candidate.statement === index);
    if (entry?.finished) continue;
    if (entry !== undefined && (await tookEffect(run, changeset, statement))) {
      await writeEntry(database, changeset, { ...entry, finished: true });
      continue;
    }
    if (Date.now() >= run.until) throw new OutOfTime();
    await runOne(run, changeset, statement, index);
    run.onProgress(`statement ${index + 1} of ${statements.length} of ${identity(changeset)} is done`);
  }
  await resetSession(database);
  await inTransaction(database, async () => {
    await recordRun(database, changeset, record);
    await eraseJournal(database, changeset);
  });
  run.onProgress(`applied ${identity(changeset)}`);
}

async function runOne(run: Run, changeset: Changeset, statement: Statement, index: number): Promise<void> {
  const { database } = run;
  const entry: JournalEntry = { statement: index, checksum: statementChecksum(statement.sql), finished: true };
  const concurrent = concurrentIndexOf(statement.sql);
  if (concurrent === undefined) {
    try {
      await inTransaction(database, async () => {
        await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
        await runStatement(database, changeset, statement);
        await writeEntry(database, changeset, entry);
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
    if (error instanceof StatementFailed && error.code !== undefined) await eraseEntry(database, changeset, index);
    throw error;
  }
  await writeEntry(database, changeset, entry);
}

/** Whether a statement that was begun by a runner which died took effect. @throws ReleaseError with the question when nobody can know */
async function tookEffect({ database }: Run, changeset: Changeset, statement: Statement): Promise<boolean> {
  const concurrent = concurrentIndexOf(statement.sql);
  if (concurrent?.name !== undefined) {
    const state = await indexState(database, concurrent);
    return concurrent.action === 'create' ? state === 'valid' : state === 'missing';
  }
  // Doing these twice is as good as once.
  if (/^\s*(vacuum|analyze|reindex|cluster|checkpoint|alter\s+system)\b/i.test(statement.sql)) return false;
  const where = `${journalCondition(changeset)} AND NOT finished`;
  throw new ReleaseError(
    'MigrationFailed',
    `${statement.file}:${statement.line}: the migrator died while this statement of ${identity(changeset)} ran, and nothing tells whether it took effect: ` +
      `"${statement.sql.slice(0, 200)}". Look at the database; if it did, run "UPDATE ${JOURNAL_TABLE} SET finished = TRUE WHERE ${where}", ` +
      `if not, "DELETE FROM ${JOURNAL_TABLE} WHERE ${where}"; then migrate again`,
  );
}

/** After a failure somebody may have mended the changeset: what already ran must still be its beginning. */
function refuseChangedText(
  changeset: Changeset,
  statements: readonly Statement[],
  entries: readonly JournalEntry[],
): void {
  for (const entry of entries) {
    const statement = statements[entry.statement];
    if (statement !== undefined && statementChecksum(statement.sql) === entry.checksum) continue;
    throw new ReleaseError(
      'MigrationFailed',
      `${changeset.place.file}:${changeset.place.line}: statement ${entry.statement + 1} of ${identity(changeset)} ran before and was changed since; ` +
        `restore its text and change only what comes after it, or, when its effect was taken back by hand, ` +
        `run "DELETE FROM ${JOURNAL_TABLE} WHERE ${journalCondition(changeset)}"`,
    );
  }
}
