import { readSecret } from '../aws/secrets';
import { setting } from '../aws/settings';
import { type ConnectionConfig, connectionOf, parseDatabaseSecret } from '../migrator/connect';

/** The users of the database that functions sign in as: the migrator owns the schema, the verifier reads. */
export type DatabaseUser = 'MIGRATOR' | 'VERIFIER';

/** Where the environment's database is, for one of its users. */
export async function connectionFor(user: DatabaseUser): Promise<ConnectionConfig> {
  return connectionOf(parseDatabaseSecret(await readSecret(setting(`${user}_SECRET_ARN`))), setting('DATABASE_NAME'));
}
