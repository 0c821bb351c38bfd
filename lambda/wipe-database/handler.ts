import { readSecret } from '../aws/secrets';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { wipe } from '../migrator/wipe';

/**
 * WipeDatabase: the database of an environment that is rebuilt from the changelog with each release. It exists only where
 * the configuration asks for it, which production cannot.
 */
export const handler = step(async (): Promise<{ statements: number }> => {
  const secret = parseDatabaseSecret(await readSecret(setting('MIGRATOR_SECRET_ARN')));
  const statements = await withDatabase(connectionOf(secret, setting('DATABASE_NAME')), wipe);
  return { statements };
});
