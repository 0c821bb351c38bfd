import { ReleaseError } from '../domain/errors';
import type { Changeset } from './changelog';
import { identity } from './changelog';
import { engineOf } from './engine';
import {
  ensureJournal,
  eraseJournal,
  JOURNAL_TABLE,
  journalCondition,
  readJournal,
  statementChecksum,
} from './journal';
import { writeEntry } from './journal';
import type { JournalEntry } from './journal';
import { inTransaction, resetSession } from './run';
import type { Run } from './run';
import { OutOfTime, runStatement } from './run-statement';
import type { Statement } from './split';

/** A changeset whose statements run one by one, forward or back. */
export interface JournaledWork {
  readonly changeset: Changeset;
  readonly statements: readonly Statement[];
  /** Whether the statements take the changeset back. */
  readonly back?: boolean;
  /** Writes the changeset's row, or takes it away, in the transaction that empties the journal. */
  finish(): Promise<void>;
}

/**
 * Runs statements that do not share a transaction with their changeset's row: `runInTransaction:false`, and whatever
 * MySQL and MariaDB commit by themselves. A later run continues behind the last finished statement. When the runner died
 * in one, the engine says from its catalog whether it took effect; where nothing tells, the run asks.
 */
export async function runOutsideTransaction(run: Run, work: JournaledWork): Promise<void> {
  const { database } = run;
  const { changeset, statements } = work;
  const { journaled } = engineOf(database);
  await ensureJournal(database);
  const entries = await readJournal(database, changeset);
  refuseChangedText(run, work, entries);
  for (const [index, statement] of statements.entries()) {
    if (Date.now() >= run.until) throw new OutOfTime();
    if (journaled.preparesSession(statement.sql)) {
      await runStatement(database, changeset, statement);
      continue;
    }
    const known = entries.find((candidate) => candidate.statement === numberOf(work, index));
    if (known?.finished) {
      const done = new Set(entries.filter(({ finished }) => finished).map((each) => each.statement));
      const isLast = statements.slice(index + 1).every((_, offset) => done.has(numberOf(work, index + 1 + offset)));
      if (!isLast && journaled.leavesSessionState(statement.sql)) refuseLostState(run, changeset, statement);
      continue;
    }
    if (known !== undefined) {
      const tookEffect = await journaled.tookEffect(run, statement, known);
      if (tookEffect === undefined) throw question(run, changeset, statement);
      if (tookEffect) {
        await writeEntry(database, changeset, { ...known, finished: true });
        continue;
      }
    }
    const entry = { statement: numberOf(work, index), checksum: statementChecksum(statement.sql), finished: false };
    await journaled.run(run, changeset, statement, entry);
    run.first = false;
    run.onProgress(`statement ${index + 1} of ${statements.length} of ${identity(changeset)} is done`);
  }
  await resetSession(database);
  await inTransaction(database, async () => {
    await work.finish();
    await eraseJournal(database, changeset);
  });
}

function numberOf({ back = false }: JournaledWork, index: number): number {
  return back ? -1 - index : index;
}

/** What a person must tell: nobody but them can know. */
export function question(
  { database }: Pick<Run, 'database'>,
  changeset: Changeset,
  statement: Statement,
): ReleaseError {
  const where = `${journalCondition(database, changeset)} AND NOT finished`;
  return new ReleaseError(
    'MigrationFailed',
    `${statement.file}:${statement.line}: the migrator died while this statement of ${identity(changeset)} ran, and nothing tells whether it took effect: ` +
      `"${statement.sql.slice(0, 200)}". Look at the database; if it did, run "UPDATE ${JOURNAL_TABLE} SET finished = TRUE WHERE ${where}", ` +
      `if not, "DELETE FROM ${JOURNAL_TABLE} WHERE ${where}"; then migrate again`,
  );
}

/** Variables and temporary tables die with the session: what follows would run without them. */
function refuseLostState({ database }: Run, changeset: Changeset, statement: Statement): never {
  throw new ReleaseError(
    'MigrationFailed',
    `${statement.file}:${statement.line}: ${identity(changeset)} was interrupted, and what follows may need what this statement left in a session that is gone: ` +
      `"${statement.sql.slice(0, 200)}". Take back by hand what the changeset did so far and run "DELETE FROM ${JOURNAL_TABLE} WHERE ${journalCondition(database, changeset)}", ` +
      'then migrate again; put such statements into one changeset without any that commits by itself',
  );
}

/** After a failure somebody may have mended the changeset: what already ran must still be its beginning. */
function refuseChangedText({ database }: Run, work: JournaledWork, entries: readonly JournalEntry[]): void {
  const { changeset, statements } = work;
  const forget = `"DELETE FROM ${JOURNAL_TABLE} WHERE ${journalCondition(database, changeset)}"`;
  const at = `${changeset.place.file}:${changeset.place.line}`;
  for (const entry of entries) {
    if (entry.statement < 0 !== (work.back ?? false)) {
      const other = work.back ? 'an update' : 'a rollback';
      throw new ReleaseError(
        'MigrationFailed',
        `${at}: ${other} of ${identity(changeset)} was begun and not completed; complete it first, or, when its effect was taken back by hand, run ${forget}`,
      );
    }
    const index = entry.statement < 0 ? -1 - entry.statement : entry.statement;
    const statement = statements[index];
    if (statement !== undefined && statementChecksum(statement.sql) === entry.checksum) continue;
    throw new ReleaseError(
      'MigrationFailed',
      `${at}: statement ${index + 1} of ${identity(changeset)} ran before and was changed since; ` +
        `restore its text and change only what comes after it, or, when its effect was taken back by hand, run ${forget}`,
    );
  }
}
