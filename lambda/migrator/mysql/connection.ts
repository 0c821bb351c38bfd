import type * as Driver from 'mysql2';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { Database, QueryResult, Refusal, ServerError, TextQuery } from '../database';
import type { Engine } from '../engine';
import { mysqlEngine } from './engine';
import type { SessionFacts } from './engine';

/** Errors by number: their SQLSTATEs say too little. https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  1205: 'busy', // lock wait timeout
  1213: 'busy', // deadlock
  1412: 'busy', // the table's definition changed while the transaction ran
  1317: 'canceled', // KILL QUERY
  1969: 'canceled', // max_statement_time of MariaDB
  3024: 'canceled', // max_execution_time of MySQL
};

/** The connection is gone, or was never there: shutdown, KILL. */
const BROKEN = new Set([1053, 1080, 1152, 1927, 3169]);
const TOO_MANY_CONNECTIONS = new Set([1040, 1203]);

/** A session of MySQL or MariaDB as the migrator needs one. */
export class MysqlDatabase implements Database {
  private constructor(
    private readonly connection: Connection,
    private readonly options: ConnectionOptions,
    private readonly facts: SessionFacts,
    readonly engine: Engine,
  ) {}

  /** Connects and prepares the session. @throws what the driver says when the server cannot be reached or refuses */
  static async open(options: ConnectionOptions): Promise<MysqlDatabase> {
    const connection = await connect(options);
    try {
      const { rows } = await send(connection, FACTS);
      const facts = { ...(rows[0] as SessionFacts), runMs: 0 };
      const name = /mariadb/i.test(facts.version) ? 'mariadb' : 'mysql';
      // A session whose runner is gone without a word ends by itself, and its locks with it.
      await send(connection, 'SET SESSION wait_timeout = 120');
      return new MysqlDatabase(connection, options, facts, mysqlEngine(name, facts));
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Texts with values are prepared statements; others are sent as they are. */
  async query(text: string | TextQuery, values?: readonly unknown[]): Promise<QueryResult> {
    const watch = this.facts.runMs > 0 ? this.watchdog(this.facts.runMs) : undefined;
    try {
      return await send(this.connection, text, values);
    } finally {
      // A KILL that is on its way must not meet the next statement.
      await watch?.stop();
    }
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => this.connection.end(() => resolve()));
  }

  /** Breaks the connection as a killed process does. */
  destroy(): void {
    this.connection.destroy();
  }

  /** MySQL limits the time of SELECT only; whatever else runs too long is ended from a second connection. */
  private watchdog(afterMs: number): { stop(): Promise<void> } {
    let killing: Promise<void> | undefined;
    const timer = setTimeout(() => {
      killing = this.kill().catch(() => undefined); // the server's own limit, where it has one, is a second later
    }, afterMs).unref();
    return {
      stop: async () => {
        clearTimeout(timer);
        await killing;
      },
    };
  }

  private async kill(): Promise<void> {
    const other = await connect(this.options);
    await send(other, `KILL QUERY ${this.facts.id}`).finally(() => other.destroy());
  }
}

const FACTS = `SELECT VERSION() AS version, CONNECTION_ID() AS id, DATABASE() AS ${'`schema`'}, @@sql_mode AS sqlMode, @@time_zone AS timeZone,
  @@foreign_key_checks AS foreignKeyChecks, @@unique_checks AS uniqueChecks, @@collation_connection AS collation`;

async function connect(options: ConnectionOptions): Promise<Connection> {
  // oxlint-disable-next-line typescript/no-require-imports -- 250 KB of code that PostgreSQL does not need
  const { createConnection } = require('mysql2') as typeof Driver;
  const connection = createConnection({
    charset: 'utf8mb4',
    connectTimeout: 10_000,
    enableKeepAlive: true,
    dateStrings: true,
    supportBigNumbers: true,
    ...options,
  });
  // A connection that breaks while idle would otherwise end the process; the next query reports it.
  connection.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error === null) return resolve(connection);
      connection.destroy();
      reject(translated(error));
    });
  });
}

function send(connection: Connection, text: string | TextQuery, values?: readonly unknown[]): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    const answer = (error: Driver.QueryError | null, result: unknown, fields: unknown) =>
      error === null ? resolve(resultOf(result, fields)) : reject(translated(error));
    if (typeof text === 'object')
      connection.query({ sql: text.text, typeCast: (field) => field.string() }, answer as never);
    else if (values === undefined) connection.query(text, answer as never);
    else {
      const given: unknown[] = [];
      const sql = text.replace(/\$(\d+)/g, (_, number: string) => {
        const value = values[Number(number) - 1];
        given.push(typeof value === 'boolean' ? Number(value) : (value ?? null));
        return '?';
      });
      connection.execute(sql, given as never, answer as never);
    }
  });
}

function resultOf(result: unknown, fields: unknown): QueryResult {
  if (!Array.isArray(result)) {
    return { rows: [], rowCount: (result as { affectedRows?: number } | undefined)?.affectedRows ?? null };
  }
  // CALL answers with a list of results.
  const rows = (Array.isArray(result[0]) ? result[0] : result) as unknown[];
  const columns = (Array.isArray(fields) && Array.isArray(fields[0]) ? fields[0] : fields) as { name: string }[];
  return { rows, rowCount: rows.length, fields: columns };
}

/** Gives the driver's error the members that the migrator decides by. */
function translated(error: Driver.QueryError): Error {
  const { errno = 0, sqlState } = error as { errno?: number; sqlState?: string };
  if (sqlState === undefined || BROKEN.has(errno)) {
    const broken = /closed state|ended|ECONNRESET|PROTOCOL|Connection lost/i.test(`${error.code} ${error.message}`);
    const code = BROKEN.has(errno) || broken ? 'ECONNRESET' : error.code;
    return Object.assign(new Error(error.message, { cause: error }), { code });
  }
  const line = /at line (\d+)$/.exec(error.message)?.[1];
  const details: Partial<ServerError> & { errno: number } = {
    code: TOO_MANY_CONNECTIONS.has(errno) ? '08004' : sqlState,
    errno,
    ...(REFUSALS[errno] === undefined ? {} : { refusal: REFUSALS[errno] }),
    ...(line === undefined ? {} : { statementLine: Number(line) }),
  };
  return Object.assign(new Error(error.message, { cause: error }), details);
}
