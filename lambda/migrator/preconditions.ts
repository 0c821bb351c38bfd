import type { Precondition, Preconditions } from './changelog';
import type { Database } from './database';
import { isServerError } from './database';
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
    if (!isServerError(error)) throw error;
    return { met: false, kind: 'error', reason: options.onErrorMessage ?? error.message };
  }
}

/** Why a precondition does not hold; undefined when it does. */
async function unmet(database: Database, precondition: Precondition): Promise<string | undefined> {
  const at = placed(precondition.place);
  const engine = engineOf(database);
  switch (precondition.type) {
    case 'sqlCheck': {
      const { rows, fields } = await database.query(precondition.sql);
      const value: unknown = rows[0]?.[fields?.[0]?.name ?? ''];
      const text = value === null || value === undefined ? '' : String(value);
      if (rows.length === 0) return `${at}: the query returns no row, "${precondition.expectedResult}" is expected`;
      return text === precondition.expectedResult
        ? undefined
        : `${at}: the query returns "${text}", "${precondition.expectedResult}" is expected`;
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
