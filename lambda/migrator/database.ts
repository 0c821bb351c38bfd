import type { Engine } from './engine';

/** What the migrator needs of a connection; `pg`'s Client fits. */
export interface Database {
  /** @default - PostgreSQL */
  readonly engine?: Engine;
  /** Parameters are written `$1`, `$2`, …, on every engine. */
  query(text: string | TextQuery, values?: readonly unknown[]): Promise<QueryResult>;
}

/** A query whose values are wanted as the server words them (`t`, `2026-01-02`), not as the driver reads them. */
export interface TextQuery {
  readonly text: string;
  readonly types: { getTypeParser(): (value: unknown) => unknown };
}

export function asTexts(text: string): TextQuery {
  return { text, types: { getTypeParser: () => (value) => value } };
}

export interface QueryResult {
  // oxlint-disable-next-line typescript/no-explicit-any -- the columns depend on the query
  readonly rows: any[];
  readonly rowCount: number | null;
  readonly fields?: readonly { readonly name: string }[];
}

/** Why a server refused a statement, as far as the migrator decides by it. */
export type Refusal =
  /** Locks, deadlocks: the same statement may succeed a little later. */
  | 'busy'
  /** It ran for longer than it was allowed to. */
  | 'canceled'
  /** It cannot be part of a transaction, and did nothing. */
  | 'needs no transaction';

/** An error of a server as its driver reports it. */
export interface ServerError extends Error {
  /** SQLSTATE, for example `55P03`. */
  readonly code: string;
  /** Set for MySQL and MariaDB, whose SQLSTATEs say too little. */
  readonly refusal?: Refusal;
  readonly detail?: string;
  readonly hint?: string;
  /** Line in the statement, counted from 1. */
  readonly statementLine?: number;
  /** Character in the statement, counted from 1. */
  readonly position?: string;
}

/** Whether an error came from the server, so that the connection still works. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && /^(?=.*\d)[0-9A-Z]{5}$/.test((error as Partial<ServerError>).code ?? '');
}

/** SQLSTATEs that the migrator decides by. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  '55P03': 'busy',
  '40P01': 'busy',
  '40001': 'busy',
  '57014': 'canceled',
  '25001': 'needs no transaction',
  '2D000': 'needs no transaction',
};

/** What a server's refusal means; undefined for errors that stay. */
export function refusalOf(error: ServerError): Refusal | undefined {
  return error.refusal ?? REFUSALS[error.code];
}

/** Quotes an identifier for PostgreSQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
