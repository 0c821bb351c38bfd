/** What the migrator needs of a connection; `pg`'s Client fits. */
export interface Database {
  query(text: string, values?: readonly unknown[]): Promise<QueryResult>;
}

export interface QueryResult {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the columns depend on the query
  readonly rows: any[];
  readonly rowCount: number | null;
  readonly fields?: readonly { readonly name: string }[];
}

/** An error of PostgreSQL as `pg` reports it. */
export interface ServerError extends Error {
  /** SQLSTATE, for example `55P03`. */
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Character in the statement, counted from 1. */
  readonly position?: string;
}

/** Whether an error came from the server, so that the connection still works. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test((error as Partial<ServerError>).code ?? '');
}

/** SQLSTATEs that the migrator decides by. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  lockNotAvailable: '55P03',
  deadlock: '40P01',
  serializationFailure: '40001',
  queryCanceled: '57014',
  insideTransaction: '25001',
  invalidTransactionTermination: '2D000',
} as const;

/** Quotes an identifier for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Prepares the session: it ends by itself when the runner has died, so that its locks do not outlive it.
 * Settings that this server does not know are left out.
 */
export async function prepareSession(database: Database): Promise<void> {
  const settings = {
    client_connection_check_interval: '5s',
    idle_in_transaction_session_timeout: '60s',
    tcp_keepalives_idle: '30',
    tcp_keepalives_interval: '10',
    tcp_keepalives_count: '3',
  };
  await database.query(
    'SELECT set_config(wanted.name, wanted.value, false) FROM pg_settings JOIN unnest($1::text[], $2::text[]) AS wanted(name, value) USING (name)',
    [Object.keys(settings), Object.values(settings)],
  );
}
