import { policy } from '../aws/settings';
import { step } from '../aws/step';
import type { FreedLocks, MigrationState } from '../domain/migration';
import { connectionFor } from '../migrate/connection';
import { withDatabase } from '../migrator/connect';
import { freeLocks } from '../migrator/lock';

/**
 * ReleaseLocks: frees what a dead runner of this environment holds. The execution has the turn: no runner of ours that
 * may still work is disturbed. Somebody else's lock only when it was asked for.
 */
export const handler = step(async ({ request }: Pick<MigrationState, 'request'>): Promise<FreedLocks> => {
  const { application, environment } = policy();
  return withDatabase(await connectionFor('MIGRATOR'), (database) =>
    freeLocks(database, { own: `${application}-${environment}`, force: request.force }),
  );
});
