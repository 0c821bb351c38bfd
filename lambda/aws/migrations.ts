import { ReleaseError } from '../domain/errors';
import type { MigrationPlan, MigrationProgress } from '../domain/release';
import { addEvent } from './ledger';
import { listEvents } from './release-events';

/** Records what was applied; by a step outside the network, since the migrator does not reach the ledger. */
export async function recordMigration(
  release: string,
  plan: MigrationPlan,
  migration: MigrationProgress | undefined,
): Promise<void> {
  const { changesets: _pending, ...found } = plan;
  const { applied = 0, changesets = [] } = migration ?? {};
  await addEvent(release, 'Migrate', { ...found, applied, changesets });
}

/**
 * The changesets that a release applied, or, when it came to its end before it could say so, those that it was about to
 * apply: which of them the database has, its history tells.
 *
 * @throws ReleaseError InvalidRelease when the ledger knows of none, or not of all
 */
export async function releaseChangesets(release: string): Promise<readonly string[]> {
  const events = await listEvents(release);
  const applied = events.find(({ event }) => event === 'Migrate') as Partial<MigrationProgress> | undefined;
  const planned = events.find(({ event }) => event === 'RecordPlan') as Partial<MigrationPlan> | undefined;
  const changesets = applied?.changesets ?? planned?.changesets ?? [];
  const amount = applied?.changesets ? applied.applied : planned?.pending;
  if (changesets.length === 0) throw new ReleaseError('InvalidRelease', `${release} applied no changeset`);
  if (amount === changesets.length) return changesets;
  throw new ReleaseError(
    'InvalidRelease',
    `the ledger names ${changesets.length} of the ${amount} changesets of ${release}: roll back to a tag or by count`,
  );
}
