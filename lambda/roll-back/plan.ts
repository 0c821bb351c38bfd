import { cut } from '../domain/changesets';
import { ReleaseError } from '../domain/errors';
import type { RollbackWish } from '../domain/migration';
import { type Changelog, identity } from '../migrator/changelog';
import type { HistoryRow } from '../migrator/history';
import { rowsToRollBack } from '../migrator/rollback';

/**
 * The changesets that a rollback takes back, newest first, each of which the changelog knows with a rollback. Fixed
 * before the first is taken back: "the last three" would be three more ones for an invocation that goes on.
 *
 * @throws ReleaseError MigrationFailed naming all that stand in the way
 */
export function planRollback(changelog: Changelog, history: readonly HistoryRow[], wish: RollbackWish): string[] {
  const wanted = rowsToRollBack(history, changelog, wish).map(identity);
  const known = new Map(changelog.changesets.map((changeset) => [identity(changeset), changeset]));
  const problems = wanted.flatMap((each) => {
    const changeset = known.get(each);
    if (changeset === undefined) return [`${each} is not in this changelog; name a version that has it`];
    return changeset.rollback.type === 'none' ? [`${each} has no rollback`] : [];
  });
  if (problems.length > 0) {
    throw new ReleaseError('MigrationFailed', `nothing was rolled back: ${problems.join('; ')}`);
  }
  if (cut(wanted).length === wanted.length) return wanted;
  throw new ReleaseError(
    'MigrationFailed',
    `nothing was rolled back: ${wanted.length} changesets are too many for one rollback; choose a nearer tag, or --count`,
  );
}
