import type { SecretsManagerRotationEvent } from 'aws-lambda';

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

export interface Administrator {
  readonly username: string;
  readonly password: string;
}

/** The secret's versions, as Secrets Manager keeps them. */
export interface Secrets {
  /** Labels of the version, none when it is unknown. */
  labels(secret: string, version: string): Promise<readonly string[]>;
  current(secret: string): Promise<Credentials>;
  /** Undefined while the version has no value. */
  pending(secret: string, version: string): Promise<Credentials | undefined>;
  put(secret: string, version: string, credentials: Credentials): Promise<void>;
  makeCurrent(secret: string, version: string): Promise<void>;
  randomPassword(): Promise<string>;
}

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
 * The steps of a rotation; each does nothing when it has been done already. Users alternate, but for the administrator:
 * nobody is signed in as one for longer than a moment.
 */
export async function rotate(event: SecretsManagerRotationEvent, secrets: Secrets, users: Users): Promise<void> {
  const { SecretId: secret, ClientRequestToken: version, Step: step } = event;
  const labels = await secrets.labels(secret, version);
  if (labels.includes('AWSCURRENT')) return;
  if (!labels.includes('AWSPENDING')) throw new Error(`version ${version} of the secret is not the one to rotate to`);
  switch (step) {
    case 'createSecret': {
      if (await secrets.pending(secret, version)) return;
      const current = await secrets.current(secret);
      const password = await secrets.randomPassword();
      const username = current.role === 'administrator' ? current.username : otherUser(current.username);
      return secrets.put(secret, version, { ...current, username, password });
    }
    case 'setSecret': {
      const pending = await pendingOf(secrets, secret, version);
      return pending.role === 'administrator' ? users.prepareAdministrator(pending) : users.prepare(pending);
    }
    case 'testSecret':
      return users.test(await pendingOf(secrets, secret, version));
    case 'finishSecret':
      return secrets.makeCurrent(secret, version);
    default:
      throw new Error(`unknown step "${String(step)}"`);
  }
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

async function pendingOf(secrets: Secrets, secret: string, version: string): Promise<Credentials> {
  const pending = await secrets.pending(secret, version);
  if (!pending) throw new Error(`version ${version} of the secret has no value yet; createSecret comes first`);
  return pending;
}
