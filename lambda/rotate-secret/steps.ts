import type { SecretsManagerRotationEvent } from 'aws-lambda';

/** A secret's versions, as Secrets Manager keeps them. */
export interface SecretVersionsOf<C> {
  /** Labels of the version, none when it is unknown. */
  labels(secret: string, version: string): Promise<readonly string[]>;
  current(secret: string): Promise<C>;
  /** Undefined while the version has no value. */
  pending(secret: string, version: string): Promise<C | undefined>;
  put(secret: string, version: string, credentials: C): Promise<void>;
  makeCurrent(secret: string, version: string): Promise<void>;
  randomPassword(): Promise<string>;
}

/** What is special about the service that the secret opens. Each may be asked for again. */
export interface Rotation<C> {
  /** What the next version of the secret holds. */
  next(current: C, password: string): C;
  /** Lets the next version sign in. Whoever holds the current one goes on. */
  prepare(pending: C, current: C): Promise<void>;
  /** @throws Error when the next version does not sign in. */
  test(pending: C): Promise<void>;
}

/** The four steps that Secrets Manager asks for, one after the other; each does nothing when it has been done already. */
export async function takeStep<C>(
  { SecretId: secret, ClientRequestToken: version, Step: step }: SecretsManagerRotationEvent,
  secrets: SecretVersionsOf<C>,
  rotation: Rotation<C>,
): Promise<void> {
  const labels = await secrets.labels(secret, version);
  if (labels.includes('AWSCURRENT')) return;
  if (!labels.includes('AWSPENDING')) throw new Error(`version ${version} of the secret is not the one to rotate to`);
  switch (step) {
    case 'createSecret': {
      if (await secrets.pending(secret, version)) return;
      const current = await secrets.current(secret);
      return secrets.put(secret, version, rotation.next(current, await secrets.randomPassword()));
    }
    case 'setSecret':
      return rotation.prepare(await pendingOf(secrets, secret, version), await secrets.current(secret));
    case 'testSecret':
      return rotation.test(await pendingOf(secrets, secret, version));
    case 'finishSecret':
      return secrets.makeCurrent(secret, version);
    default:
      throw new Error(`unknown step "${String(step)}"`);
  }
}

async function pendingOf<C>(secrets: SecretVersionsOf<C>, secret: string, version: string): Promise<C> {
  const pending = await secrets.pending(secret, version);
  if (!pending) throw new Error(`version ${version} of the secret has no value yet; createSecret comes first`);
  return pending;
}
