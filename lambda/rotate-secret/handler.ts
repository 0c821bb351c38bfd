import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { setting } from './environment';
import { PostgresUsers } from './postgres';
import { rotate } from './rotate';
import { SecretStore } from './secret-store';

const store = new SecretStore();

/** One of the four steps of a rotation; Secrets Manager invokes them in turn and may repeat any of them. */
export async function handler(event: SecretsManagerRotationEvent): Promise<void> {
  const users = new PostgresUsers(() => store.administrator(setting('ADMIN_SECRET_ARN')));
  await rotate(event, store, users);
}
