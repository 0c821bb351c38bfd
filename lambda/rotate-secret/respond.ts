import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { setting } from './environment';
import { isMendUsers, type MendUsersEvent, mendUsers } from './mend';
import type { AdministratorSecret } from './administrator';
import { rotate, type Users } from './rotate';
import { SecretStore } from './secret-store';

const store = new SecretStore();

/**
 * What the function that makes the database's users is asked for: one of the four steps of a rotation, which Secrets
 * Manager invokes in turn and may repeat, or the users of a restored database.
 *
 * @param users the engine's, by the administrator's sign-in
 */
export async function respond(
  event: SecretsManagerRotationEvent | MendUsersEvent,
  users: (administrator: AdministratorSecret) => Users,
): Promise<{ users: string[] } | void> {
  const engine = users((stage) => store.administrator(setting('ADMIN_SECRET_ARN'), stage));
  if (isMendUsers(event)) return mendUsers(event, setting('USER_SECRET_ARNS').split(','), store, engine);
  await rotate(event, store, engine);
}
