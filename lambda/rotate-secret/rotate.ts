import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { type SecretVersionsOf, takeStep } from './steps';

/**
 * What somebody may do in the database. The administrator makes the others and nothing else: the migrator acts as the
 * role that owns the schema, the application reads and writes rows, the verifier reads.
 */
export const ROLES = ['administrator', 'migrator', 'application', 'verifier'] as const;
export type Role = (typeof ROLES)[number];

/** What a secret holds. Host, port and name of the database come from the secret's attachment to the instance. */
export interface Credentials {
  readonly role: Role;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  /** `disable` speaks plainly. @default 'verify-full' */
  readonly sslmode?: 'verify-full' | 'disable';
}

/** The secret's versions, as Secrets Manager keeps them. */
export type Secrets = SecretVersionsOf<Credentials>;

/** The database's users. */
export interface Users {
  /**
   * Makes the user with these credentials ready to sign in, with the rights of its role.
   *
   * @throws Error when sessions of the user are open, unless `whileOpen`
   */
  prepare(credentials: Credentials, options?: { readonly whileOpen?: boolean }): Promise<void>;
  /** Gives the administrator this password; signs in with the one before. */
  prepareAdministrator(credentials: Credentials): Promise<void>;
  /** @throws Error when signing in does not work, or not with the rights of the role. */
  test(credentials: Credentials): Promise<void>;
}

/**
 * A step of the rotation of a database secret. Users alternate, but for the administrator: nobody is signed in as one for
 * longer than a moment.
 */
export function rotate(event: SecretsManagerRotationEvent, secrets: Secrets, users: Users): Promise<void> {
  return takeStep(event, secrets, {
    next: (current, password) => ({
      ...current,
      username: current.role === 'administrator' ? current.username : otherUser(current.username),
      password,
    }),
    prepare: (pending) =>
      pending.role === 'administrator' ? users.prepareAdministrator(pending) : users.prepare(pending),
    test: (pending) => users.test(pending),
  });
}

/** `notes_a` and `notes_b` take turns. */
export function otherUser(username: string): string {
  const match = /^(.+)_([ab])$/.exec(username);
  if (!match) throw new Error(`the user "${username}" is not one of a pair that ends in _a and _b`);
  return `${match[1]}_${match[2] === 'a' ? 'b' : 'a'}`;
}

/** The users of the database that a role alternates between begin with this. */
export function userPrefix(database: string, role: Exclude<Role, 'administrator'>): string {
  return role === 'application' ? database : `${database}_${role}`;
}
