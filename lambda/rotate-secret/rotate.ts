import type { SecretsManagerRotationEvent } from 'aws-lambda';

/** What the application's secret holds. Members beyond the first two come from the secret's attachment to the instance. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
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
  /** Makes the user with these credentials ready to sign in. @throws Error when its sessions are still open. */
  prepare(credentials: Credentials): Promise<void>;
  /** @throws Error when signing in does not work, or not with the rights of the schema's owner. */
  test(credentials: Credentials): Promise<void>;
}

/** The steps of a rotation with alternating users; each does nothing when it has been done already. */
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
      return secrets.put(secret, version, { ...current, username: otherUser(current.username), password });
    }
    case 'setSecret':
      return users.prepare(await pendingOf(secrets, secret, version));
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

/** The role that owns database and schema, and that both users act as. */
export function ownerOf(username: string): string {
  return username.replace(/_[ab]$/, '_owner');
}

async function pendingOf(secrets: Secrets, secret: string, version: string): Promise<Credentials> {
  const pending = await secrets.pending(secret, version);
  if (!pending) throw new Error(`version ${version} of the secret has no value yet; createSecret comes first`);
  return pending;
}
