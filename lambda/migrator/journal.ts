import { createHash } from 'node:crypto';
import type { Changeset } from './changelog';
import type { Database } from './database';
import { tableExists } from './history';

/**
 * The journal of changesets that run outside a transaction: which of their statements were begun and which are done, so
 * that a rerun continues after the last one. A changeset's entries are deleted with the transaction that writes its row.
 */
export const JOURNAL_TABLE = 'greenroom_migration_journal';

const CREATE_JOURNAL = `CREATE TABLE IF NOT EXISTS ${JOURNAL_TABLE} (
  filename text NOT NULL, id text NOT NULL, author text NOT NULL, statement integer NOT NULL,
  checksum text NOT NULL, finished boolean NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (filename, id, author, statement))`;

/** A statement that was begun, counted from 0. */
export interface JournalEntry {
  readonly statement: number;
  /** Of the statement's text. */
  readonly checksum: string;
  readonly finished: boolean;
}

export function statementChecksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex').slice(0, 32);
}

export async function ensureJournal(database: Database): Promise<void> {
  if (!(await tableExists(database, JOURNAL_TABLE))) await database.query(CREATE_JOURNAL);
}

export async function readJournal(database: Database, changeset: Changeset): Promise<JournalEntry[]> {
  if (!(await tableExists(database, JOURNAL_TABLE))) return [];
  const { rows } = await database.query(
    `SELECT statement, checksum, finished FROM ${JOURNAL_TABLE} WHERE filename = $1 AND id = $2 AND author = $3 ORDER BY statement`,
    key(changeset),
  );
  return rows as JournalEntry[];
}

export async function writeEntry(database: Database, changeset: Changeset, entry: JournalEntry): Promise<void> {
  await database.query(
    `INSERT INTO ${JOURNAL_TABLE} (filename, id, author, statement, checksum, finished) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (filename, id, author, statement) DO UPDATE SET checksum = $5, finished = $6, at = clock_timestamp()`,
    [...key(changeset), entry.statement, entry.checksum, entry.finished],
  );
}

/** Forgets one entry: its statement is known not to have taken effect. */
export async function eraseEntry(database: Database, changeset: Changeset, statement: number): Promise<void> {
  await database.query(
    `DELETE FROM ${JOURNAL_TABLE} WHERE filename = $1 AND id = $2 AND author = $3 AND statement = $4`,
    [...key(changeset), statement],
  );
}

export async function eraseJournal(database: Database, changeset: Changeset): Promise<void> {
  await database.query(`DELETE FROM ${JOURNAL_TABLE} WHERE filename = $1 AND id = $2 AND author = $3`, key(changeset));
}

/** The condition that picks a changeset's entries, for people to paste. */
export function journalCondition(changeset: Changeset): string {
  const [filename, id, author] = key(changeset).map((text) => `'${text.replaceAll("'", "''")}'`);
  return `filename = ${filename} AND id = ${id} AND author = ${author}`;
}

function key(changeset: Changeset): string[] {
  return [changeset.path, changeset.id, changeset.author];
}
