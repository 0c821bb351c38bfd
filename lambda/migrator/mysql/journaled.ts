import { ReleaseError } from '../../domain/errors';
import type { Changeset } from '../changelog';
import type { JournaledStatements } from '../engine';
import { eraseEntry, readJournal, writeEntry } from '../journal';
import type { JournalEntry } from '../journal';
import { inTransaction, timeLeft } from '../run';
import type { Run } from '../run';
import { limitStatements, runStatement, StatementFailed } from '../run-statement';
import { question } from '../run-outside-transaction';
import type { Statement } from '../split';
import { catalogState, tookEffect } from './catalog';
import { schemaStatement } from './objects';
import { leavesSessionState, setsVariable, statementKind } from './statement-kind';
import { mayMakeOtherTables, touchesOtherTables } from './storage';

/** State of an entry that was written inside the transaction of its statement: seen at all, the statement has committed. */
const INSIDE = 'inside';

/**
 * Statements of MySQL and MariaDB one by one. Rows are written in a transaction together with the journal entry, which is
 * exact. A statement on the catalog runs between two entries, the first of which keeps what the catalog said before.
 */
export const JOURNALED: JournaledStatements = {
  preparesSession: (sql) => statementKind(sql) === 'session' && !setsVariable(sql),
  leavesSessionState: (sql) => leavesSessionState(sql) || setsVariable(sql),

  async run(run, changeset, statement, entry) {
    const { database } = run;
    await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
    const kind = statementKind(statement.sql);
    if (kind !== 'data') mayMakeOtherTables(database, statement.sql);
    if (kind === 'schema' || kind === 'repeatable' || (await touchesOtherTables(database, [statement]))) {
      const schema = kind === 'schema' ? schemaStatement(statement.sql) : undefined;
      const state = schema === undefined ? null : await catalogState(database, schema.objects);
      await alone(run, changeset, statement, { ...entry, state });
      return;
    }
    if (kind === 'opaque') await watched(run, changeset, statement, entry);
    else {
      await inTransaction(database, async () => {
        await runStatement(database, changeset, statement);
        await writeEntry(database, changeset, { ...entry, finished: true });
      });
    }
  },

  async tookEffect({ database }, { sql }, { state }) {
    const kind = statementKind(sql);
    if (kind === 'repeatable') return false;
    const schema = kind === 'schema' ? schemaStatement(sql) : undefined;
    if (schema === undefined || state === null || state === undefined) return undefined;
    return tookEffect(database, schema, state);
  },
};

/** Between two entries. */
async function alone(run: Run, changeset: Changeset, statement: Statement, entry: JournalEntry): Promise<void> {
  const { database } = run;
  await writeEntry(database, changeset, entry);
  try {
    await runStatement(database, changeset, statement);
  } catch (error) {
    if (error instanceof StatementFailed && error.code !== undefined) {
      // The server answered. Only one that drops several objects, or writes rows without transactions, can be half done.
      const schema = schemaStatement(statement.sql);
      const effect = schema !== undefined && entry.state ? await tookEffect(database, schema, entry.state) : false;
      const half = statementKind(statement.sql) === 'schema' ? schema?.verb !== 'truncate' && effect !== false : true;
      if (!half || statementKind(statement.sql) === 'repeatable')
        await eraseEntry(database, changeset, entry.statement);
    }
    throw error;
  }
  await writeEntry(database, changeset, { ...entry, finished: true });
}

/** In a transaction that shows afterwards whether the code inside has committed on its way. */
async function watched(run: Run, changeset: Changeset, statement: Statement, entry: JournalEntry): Promise<void> {
  const { database } = run;
  try {
    await inTransaction(database, async () => {
      await writeEntry(database, changeset, { ...entry, state: INSIDE });
      await runStatement(database, changeset, statement);
      await writeEntry(database, changeset, { ...entry, finished: true });
    });
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.code === undefined) throw error;
    const left = (await readJournal(database, changeset)).some((known) => known.statement === entry.statement);
    if (!left) throw error;
    throw new ReleaseError(
      'MigrationFailed',
      `${error.message}; it had committed part of its work: ${question(run, changeset, statement).message}`,
      {
        cause: error,
      },
    );
  }
}
