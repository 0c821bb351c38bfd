import { connectionOf, type ConnectionConfig, type DatabaseSecret } from '../../lambda/migrator/connect';
import type { EngineName } from '../../lambda/migrator/engine';
import { wrongUse } from '../exit';

/** A database that the command line itself connects to. */
export interface DatabaseTarget {
  readonly engine: EngineName;
  readonly config: ConnectionConfig;
  /** For people: without user and password. */
  readonly name: string;
}

const ENGINES: Readonly<Record<string, { engine: EngineName; port: number }>> = {
  'postgres:': { engine: 'postgresql', port: 5432 },
  'postgresql:': { engine: 'postgresql', port: 5432 },
  'mysql:': { engine: 'mysql', port: 3306 },
  'mariadb:': { engine: 'mariadb', port: 3306 },
};

/** The password's own variable, so that it need not stand in the URL. */
const PASSWORD_VARIABLE = 'GREENROOM_DATABASE_PASSWORD';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Reads `--url`. Speaks plainly to this machine, and TLS with the certificates of RDS to any other, unless `?sslmode=`
 * says `disable` or `verify-full`. What is wrong is told without the URL: it may hold a password.
 *
 * @throws CliError (wrong use)
 */
export function parseDatabaseUrl(text: string, env: Readonly<Record<string, string | undefined>>): DatabaseTarget {
  const example = 'for example --url postgres://user@localhost:5432/notes';
  if (!URL.canParse(text)) throw wrongUse(`--url is no URL of a database; ${example}`);
  const url = new URL(text);
  const known = ENGINES[url.protocol];
  if (known === undefined) {
    throw wrongUse(`--url begins with ${url.protocol}//; it takes postgres://, mysql:// and mariadb://; ${example}`);
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  if (url.hostname === '' || database === '' || user === '') {
    throw wrongUse(`--url needs user, host and database; ${example}`);
  }
  const sslmode = url.searchParams.get('sslmode') ?? (LOOPBACK.test(url.hostname) ? 'disable' : 'verify-full');
  if (sslmode !== 'disable' && sslmode !== 'verify-full') {
    throw wrongUse(`sslmode=${sslmode} is neither "disable" nor "verify-full"`);
  }
  const port = url.port === '' ? known.port : Number(url.port);
  const secret: DatabaseSecret = {
    engine: known.engine === 'postgresql' ? 'postgres' : known.engine,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    username: user,
    password: decodeURIComponent(url.password) || (env[PASSWORD_VARIABLE] ?? ''),
    sslmode,
  };
  return {
    engine: known.engine,
    config: connectionOf(secret, database),
    name: `${database} on ${url.hostname}:${port}`,
  };
}
