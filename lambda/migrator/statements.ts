import type { Change, Changeset, Modification } from './changelog';
import { dbmsMatches } from './expressions';
import type { EngineName } from './engine';
import { splitSql } from './split';
import type { Statement } from './split';

/** The statements that a changeset sends to the server, in order. Tags and messages send none. */
export function statementsOf(changeset: Changeset): Statement[] {
  return changesStatements(changeset.engine, changeset.changes, changeset.modifications);
}

/** The statements that take a changeset back; undefined when nothing was written about it. */
export function rollbackStatementsOf(changeset: Changeset): Statement[] | undefined {
  if (changeset.rollback.type === 'none') return undefined;
  if (changeset.rollback.type === 'empty') return [];
  return changesStatements(
    changeset.engine,
    changeset.rollback.changes,
    changeset.modifications.filter((modification) => modification.applyToRollback),
  );
}

function changesStatements(
  engine: EngineName,
  changes: readonly Change[],
  modifications: readonly Modification[],
): Statement[] {
  return changes.flatMap((change) => {
    if (change.type !== 'sql' && change.type !== 'sqlFile') return [];
    if (!dbmsMatches(change.dbms ?? [], engine)) return [];
    return splitSql(change, engine).map((statement) => ({ ...statement, sql: modified(statement.sql, modifications) }));
  });
}

function modified(sql: string, modifications: readonly Modification[]): string {
  return modifications.reduce((text, { type, applies, value = '', replace = '', with: replacement = '' }) => {
    if (!applies) return text;
    if (type === 'append') return text + value;
    if (type === 'prepend') return value + text;
    if (type === 'replace') return text.replaceAll(replace, () => replacement);
    return text.replace(new RegExp(replace, 'g'), replacement);
  }, sql);
}
