import { addEvent, endRecord } from '../aws/ledger';
import { recordMigration } from '../aws/migrations';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { MigrationState } from '../domain/migration';
import type { ReleaseEnd } from '../domain/release';

/** CompleteMigration: what was done stands in the ledger, people are told, the turn is free. Every act may be repeated. */
export const handler = step(async (state: MigrationState): Promise<ReleaseEnd> => {
  const { release, request, plan, migration, locks } = state;
  const amount = migration?.applied ?? 0;
  if (request.action === 'update') {
    if (plan !== undefined) await recordMigration(release.id, plan, migration);
  } else if (request.action === 'release-locks') {
    const { row, session } = locks ?? {};
    await addEvent(release.id, 'ReleaseLocks', { holder: row?.holder, since: row?.since, session });
  } else {
    await addEvent(release.id, 'RollBack', { rolledBack: amount, changesets: migration?.changesets ?? [] });
  }
  const done = request.action === 'update' ? 'applied' : 'rolled back';
  const what =
    request.action === 'release-locks'
      ? 'the locks are free'
      : `${amount} ${amount === 1 ? 'changeset' : 'changesets'} ${done}`;
  const reason = `${what}: ${request.reason}`;
  const record = await endRecord(release.id, 'migrated', reason);
  if (record.outcome !== 'migrated') {
    throw new ReleaseError('RevertedMeanwhile', record.stop?.reason ?? `${release.id} ended as ${record.outcome}`);
  }
  await tellEnd(record);
  await leaveTurn(release.id);
  return { outcome: 'migrated', reason };
});
