import { ReleaseError } from '../domain/errors';
import type { Changeset } from './changelog';
import { identity } from './changelog';
import type { Database } from './database';
import type { Refusal } from './database';
import { isServerError, refusalOf } from './database';
import { engineOf } from './engine';
import type { Statement } from './split';

/** The time for the work is over; what was begun was taken back or is in the journal. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Limits the next statements: how long they may run, and how long they may wait for a lock. Milliseconds; 0 is no limit. */
export function limitStatements(database: Database, runMs: number, lockMs: number): Promise<void> {
  return engineOf(database).limitStatements(database, runMs, lockMs);
}

/** Sends one statement. @throws the server's error as MigrationFailed with file, line and changeset */
export async function runStatement(database: Database, changeset: Changeset, statement: Statement): Promise<void> {
  try {
    await database.query(statement.sql);
  } catch (error) {
    throw new StatementFailed(changeset, statement, error as Error);
  }
}

/** A statement that the server refused. */
export class StatementFailed extends ReleaseError {
  /** SQLSTATE; undefined when the connection broke. */
  readonly code: string | undefined;
  private readonly refusal: Refusal | undefined;

  constructor(changeset: Changeset, statement: Statement, cause: Error) {
    super('MigrationFailed', explain(changeset, statement, cause), { cause });
    this.code = isServerError(cause) ? cause.code : undefined;
    this.refusal = isServerError(cause) ? refusalOf(cause) : undefined;
  }

  /** Whether the same statement may succeed a little later. */
  get passing(): boolean {
    return this.refusal === 'busy';
  }

  get timedOut(): boolean {
    return this.refusal === 'canceled';
  }

  /** Whether the server says that the statement cannot be part of a transaction; it did nothing then. */
  get needsNoTransaction(): boolean {
    return this.refusal === 'needs no transaction';
  }
}

function explain(changeset: Changeset, statement: Statement, cause: Error): string {
  const server = isServerError(cause) ? cause : undefined;
  const before = server?.position === undefined ? '' : statement.sql.slice(0, Number(server.position) - 1);
  const line =
    statement.line +
    (server?.statementLine === undefined ? (before.match(/\n/g)?.length ?? 0) : server.statementLine - 1);
  const code = server === undefined ? '' : ` (${server.code})`;
  const hint = server?.hint === undefined ? '' : `; hint: ${server.hint}`;
  return `${statement.file}:${line}: ${identity(changeset)} failed: ${cause.message}${code}${hint}`;
}
