import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { setting } from '../rotate-secret/environment';
import { rotate } from '../rotate-secret/rotate';
import { SecretStore } from '../rotate-secret/secret-store';
import { MysqlUsers } from './mysql';

const store = new SecretStore();

/** As `rotate-secret`, for MySQL: a bundle of its own, since the driver is twice as large as everything else. */
export async function handler(event: SecretsManagerRotationEvent): Promise<void> {
  const users = new MysqlUsers(() => store.administrator(setting('ADMIN_SECRET_ARN')));
  await rotate(event, store, users);
}
