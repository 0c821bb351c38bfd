import type { Precondition, Preconditions } from './changelog';
import type { Database } from './database';
import { asTexts, isServerError, refusalOf } from './database';
import { engineOf } from './engine';
import { dbmsMatches } from './expressions';
import { placed } from './problem';

/** What came of asking preconditions: `error` means that a question could not be asked. */
export type PreconditionResult =
  | { readonly met: true }
  | { readonly met: false; readonly kind: 'fail' | 'error'; readonly reason: string };

/**
 * Asks the database whether all preconditions hold. Call it inside a transaction with a savepoint: a question that
 * fails spoils the transaction.
 */
export async function checkPreconditions(
  database: Database,
  { nested, ...options }: Preconditions,
): Promise<PreconditionResult> {
  try {
    for (const precondition of nested) {
      const reason = await unmet(database, precondition);
      if (reason !== undefined) return { met: false, kind: 'fail', reason: options.onFailMessage ?? reason };
    }
    return { met: true };
  } catch (error) {
    // What is locked, or takes too long, says nothing about the question.
    const isAnswer = error instanceof NoSingleValue || (isServerError(error) && refusalOf(error) === undefined);
    if (!isAnswer) throw error;
    return { met: false, kind: 'error', reason: options.onErrorMessage ?? error.message };
  }
}

/** A query that has another result than one value; to Liquibase an error, not a precondition that does not hold. */
class NoSingleValue extends Error {}

/** Why a precondition does not hold; undefined when it does. */
async function unmet(database: Database, precondition: Precondition): Promise<string | undefined> {
  const at = placed(precondition.place);
  const engine = engineOf(database);
  switch (precondition.type) {
    case 'sqlCheck': {
      const { rows = [], fields = [] } = await database.query(asTexts(precondition.sql));
      const [row] = rows as Record<string, unknown>[];
      if (row === undefined || rows.length > 1 || fields.length !== 1) {
        throw new NoSingleValue(
          `${at}: the query must return one value, but returns ${rows.length} rows of ${fields.length} columns`,
        );
      }
      const value = row[fields[0]?.name ?? ''];
      if (value === precondition.expectedResult) return undefined;
      const returned = value === null ? 'NULL' : `"${String(value)}"`;
      return `${at}: the query returns ${returned}, "${precondition.expectedResult}" is expected`;
    }
    case 'tableExists':
      return (await engine.relationExists(database, 'table', precondition.table, precondition.schema))
        ? undefined
        : `${at}: the table ${precondition.table} does not exist`;
    case 'viewExists':
      return (await engine.relationExists(database, 'view', precondition.view, precondition.schema))
        ? undefined
        : `${at}: the view ${precondition.view} does not exist`;
    case 'dbms':
      return dbmsMatches(precondition.names, engine.name)
        ? undefined
        : `${at}: the database is ${engine.name}, not ${precondition.names.join(', ')}`;
    case 'and':
      for (const inner of precondition.nested) {
        const reason = await unmet(database, inner);
        if (reason !== undefined) return reason;
      }
      return undefined;
    case 'or': {
      const reasons: string[] = [];
      for (const inner of precondition.nested) {
        const reason = await unmet(database, inner);
        if (reason === undefined) return undefined;
        reasons.push(reason);
      }
      return reasons.join('; ') || `${at}: "or" of nothing`;
    }
    case 'not':
      for (const inner of precondition.nested) {
        if ((await unmet(database, inner)) === undefined) return `${at}: "${inner.type}" holds and must not`;
      }
      return undefined;
  }
}
