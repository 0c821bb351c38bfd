import type { Stage } from './administrator';
import type { Credentials, Users } from './rotate';

/**
 * A request to make the users of a database anew that has been restored: it has the passwords of the moment that it was
 * restored to, and none of the users that were made since. The administrator's password must have been set before (RDS
 * does that: ModifyDBInstance), and may have rotated since: then it is set again.
 */
export interface MendUsersEvent {
  /** Address of the restored instance. */
  readonly mendUsersOf: { readonly host: string; readonly port?: number };
}

/** Where the secrets' versions come from. */
export interface SecretVersions {
  /** Undefined when no version has the label, or the one that has it no value yet. */
  labeled(secret: string, stage: Stage): Promise<Credentials | undefined>;
}

/**
 * The version before first, since the pending one is of the same user and counts more: its rotation may have made it in
 * the database that this one replaces already, and will not do it again.
 */
const MENDED: readonly Stage[] = ['AWSPREVIOUS', 'AWSPENDING', 'AWSCURRENT'];

export function isMendUsers(event: object): event is MendUsersEvent {
  return 'mendUsersOf' in event;
}

/**
 * Makes every user that a running task may hold, or is about to: those of the secrets' current versions, those before, and
 * those that a rotation under way brings. It can be called again at any time.
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
    for (const stage of MENDED) {
      const version = await secrets.labeled(secret, stage);
      if (version === undefined) continue;
      const there = { ...version, host, port: port ?? version.port };
      await users.prepare(there, { whileOpen: true });
      await users.test(there);
      mended.push(version.username);
    }
  }
  return { users: mended };
}
