import { transactionWord } from '../transaction-words';
import { mysqlTokens } from './tokens';
import { executed, piecesOf } from './words';

/**
 * What a statement does to the transaction that it is part of.
 * https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html, https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
 */
export type StatementKind =
  /** Prepares the session; sent again when a changeset is continued. */
  | 'session'
  /** Reads and writes rows: part of the transaction. */
  | 'data'
  /** Changes the catalog and commits. */
  | 'schema'
  /** Commits; doing it twice is as good as once. */
  | 'repeatable'
  /** Runs code that may commit on its way. */
  | 'opaque';

const KINDS: Readonly<Record<StatementKind, readonly string[]>> = {
  session: ['set'],
  data: [
    ...['insert', 'update', 'delete', 'replace', 'select', 'with', 'values', 'table', 'load', 'do', '('],
    ...['show', 'explain', 'describe', 'desc', 'handler', 'help'],
  ],
  schema: ['create', 'alter', 'drop', 'rename', 'truncate'],
  repeatable: ['analyze', 'optimize', 'check', 'checksum', 'repair', 'flush', 'grant'],
  opaque: [],
};

export function statementKind(sql: string): StatementKind {
  const [first, second] = piecesOf(executed(sql), 2);
  const word = first?.word ?? '';
  if (word === 'set' && (second?.word === 'password' || second?.word === 'default')) return 'repeatable';
  // MariaDB: SET STATEMENT … FOR any statement
  if (word === 'set' && second?.word === 'statement') return 'opaque';
  // A temporary table commits nothing, and dies with the session.
  if ((word === 'create' || word === 'drop') && second?.word === 'temporary') return 'data';
  const kinds = Object.keys(KINDS) as StatementKind[];
  return kinds.find((kind) => KINDS[kind].includes(word)) ?? 'opaque';
}

/** Whether later statements may need what this one leaves in its session: variables, temporary tables, the last id. */
export function leavesSessionState(sql: string): boolean {
  const pieces = piecesOf(executed(sql));
  const words = pieces.map(({ word }) => word);
  if (words[0] === 'create' && words[1] === 'temporary') return true;
  if (words[0] === 'prepare') return true;
  return words.some((word, index) => /^@(?!@)/.test(word) && (words[index - 1] === 'into' || words[index + 1] === ':'));
}

/** A SET whose value may be another one when it is sent again: one of a variable that is computed. */
export function setsVariable(sql: string): boolean {
  const pieces = piecesOf(executed(sql));
  return pieces[0]?.word === 'set' && pieces.some(({ word }) => /^@(?!@)/.test(word));
}

const LOCKING = new Set(['lock', 'unlock', 'xa']);

/** What would end the runner's transaction or keep it from its own tables, and what only the command-line client knows. */
export function refusedWord(written: string): string | undefined {
  const sql = executed(written);
  const words = piecesOf(sql).map(({ word }) => word);
  const [first, second] = words;
  if (first === 'begin' && second === 'not') return undefined; // MariaDB's anonymous block
  if (first === 'delimiter') return 'DELIMITER (write endDelimiter)';
  // The journal would be looked for there.
  if (first === 'use') return 'USE (write schema.table)';
  if (LOCKING.has(first ?? '')) return first?.toUpperCase();
  const autocommit = words.some(
    (word, index) => /^(@@)?autocommit$/.test(word) && /^[=:]$/.test(words[index + 1] ?? ''),
  );
  if (first === 'set' && autocommit) return 'SET AUTOCOMMIT';
  return transactionWord(sql, mysqlTokens(sql));
}
