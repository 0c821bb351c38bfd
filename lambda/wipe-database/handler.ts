import { step } from '../aws/step';
import { connectionFor } from '../migrate/connection';
import { withDatabase } from '../migrator/connect';
import { wipe } from '../migrator/wipe';

/**
 * WipeDatabase: the database of an environment that is rebuilt from the changelog with each release. It exists only where
 * the configuration asks for it, which production cannot.
 */
export const handler = step(async (): Promise<{ statements: number }> => {
  const statements = await withDatabase(await connectionFor('MIGRATOR'), wipe);
  return { statements };
});
