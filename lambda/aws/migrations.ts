import type { MigrationPlan, MigrationProgress } from '../domain/release';
import { addEvent } from './ledger';

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
