import { createHash } from 'node:crypto';
import type { Changeset } from './changelog';
import type { Database } from './database';
import type { Engine } from './engine';
import { engineOf } from './engine';

/**
 * The journal of changesets that do not share a transaction with their row: which of their statements were begun and
 * which are done, so that a rerun continues after the last one. A changeset's entries are deleted with the transaction
 * that writes (or takes away) its row.
 */
export const JOURNAL_TABLE = 'greenroom_migration_journal';

const KEY = ['filename', 'id', 'author'] as const;

/** A statement that was begun. */
export interface JournalEntry {
  /** Counted from 0; those of a rollback count down from -1. */
  readonly statement: number;
  /** Of the statement's text. */
  readonly checksum: string;
  readonly finished: boolean;
  /** What the catalog said before the statement was begun. @default - nothing was asked */
  readonly state?: string | null;
}

export function statementChecksum(sql: string): string {
  return createHash('sha256').update(sql).digest('hex').slice(0, 32);
}

function journalTable(database: Database): string {
  return engineOf(database).ownTable(database, JOURNAL_TABLE);
}

export async function ensureJournal(database: Database): Promise<void> {
  const { tableExists, tables } = engineOf(database);
  if (!(await tableExists(database, JOURNAL_TABLE))) await database.query(tables.journal);
}

/** A changeset's entries in the order of its statements. Call {@link ensureJournal} before. */
export async function readJournal(database: Database, changeset: Changeset): Promise<JournalEntry[]> {
  const { rows } = await database.query(
    `SELECT statement, checksum, finished, state FROM ${journalTable(database)} WHERE ${picked(engineOf(database))} ORDER BY statement`,
    key(changeset),
  );
  return (rows as JournalEntry[]).map((entry) => ({ ...entry, finished: Boolean(entry.finished) }));
}

/** Whether an earlier run began this changeset. */
export async function isBegun(database: Database, changeset: Changeset): Promise<boolean> {
  if (!(await engineOf(database).tableExists(database, JOURNAL_TABLE))) return false;
  return (await readJournal(database, changeset)).length > 0;
}

export async function writeEntry(database: Database, changeset: Changeset, entry: JournalEntry): Promise<void> {
  const { onDuplicate } = engineOf(database);
  await database.query(
    `INSERT INTO ${journalTable(database)} (filename, id, author, statement, checksum, finished, state) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ${onDuplicate([...KEY, 'statement'], ['checksum', 'finished', 'state'])}`,
    [...key(changeset), entry.statement, entry.checksum, entry.finished, entry.state ?? null],
  );
}

/** Forgets one entry: its statement is known not to have taken effect. */
export async function eraseEntry(database: Database, changeset: Changeset, statement: number): Promise<void> {
  await database.query(`DELETE FROM ${journalTable(database)} WHERE ${picked(engineOf(database))} AND statement = $4`, [
    ...key(changeset),
    statement,
  ]);
}

export async function eraseJournal(database: Database, changeset: Changeset): Promise<void> {
  await database.query(`DELETE FROM ${journalTable(database)} WHERE ${picked(engineOf(database))}`, key(changeset));
}

/** The condition that picks a changeset's entries, for people to paste. */
export function journalCondition(database: Database, changeset: Changeset): string {
  const { literal } = engineOf(database);
  const [filename, id, author] = key(changeset).map(literal);
  return `filename = ${filename} AND id = ${id} AND author = ${author}`;
}

function picked({ same }: Engine): string {
  return KEY.map((column, index) => same(column, `$${index + 1}`)).join(' AND ');
}

function key(changeset: Changeset): string[] {
  return [changeset.path, changeset.id, changeset.author];
}
