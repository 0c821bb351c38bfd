import type { Credentials, Users } from './rotate';

/**
 * A request to make the users of a database anew that has been restored: it has the passwords of the moment that it was
 * restored to, and none of the users that were made since. The administrator's password must have been set before (RDS
 * does that: ModifyDBInstance).
 */
export interface MendUsersEvent {
  /** Address of the restored instance. */
  readonly mendUsersOf: { readonly host: string; readonly port?: number };
}

/** Where the secrets' versions come from. */
export interface SecretVersions {
  current(secret: string): Promise<Credentials>;
  /** The version before; undefined when the secret never rotated. */
  previous(secret: string): Promise<Credentials | undefined>;
}

export function isMendUsers(event: object): event is MendUsersEvent {
  return 'mendUsersOf' in event;
}

/**
 * Makes every user that a running task may hold: those of the secrets' current versions, and those before. It can be
 * called again at any time.
 *
 * @returns the users, by name
 */
export async function mendUsers(
  { mendUsersOf: { host, port } }: MendUsersEvent,
  secretIds: readonly string[],
  secrets: SecretVersions,
  users: Users,
): Promise<{ users: string[] }> {
  const mended: string[] = [];
  for (const secret of secretIds) {
    const versions = [await secrets.previous(secret), await secrets.current(secret)];
    for (const version of versions) {
      if (version === undefined) continue;
      const there = { ...version, host, port: port ?? version.port };
      await users.prepare(there, { whileOpen: true });
      await users.test(there);
      mended.push(version.username);
    }
  }
  return { users: mended };
}
