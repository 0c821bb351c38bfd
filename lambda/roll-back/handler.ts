import { step } from '../aws/step';
import type { MigrationState, RollbackWish } from '../domain/migration';
import type { MigrationPlan, MigrationProgress } from '../domain/release';
import { openChangelog } from '../migrate/changelog';
import { type Invocation, schemaChange } from '../migrate/invocation';
import { withDatabase } from '../migrator/connect';
import { readHistory } from '../migrator/history';
import { rollback } from '../migrator/rollback';
import { planRollback } from './plan';

/**
 * PlanRollBack, when nothing is planned yet: says what is to be taken back. RollBack afterwards takes it back, and is
 * invoked again until it is done.
 */
export const handler = (state: MigrationState, invocation?: Invocation): Promise<MigrationPlan | MigrationProgress> =>
  step(async ({ release, plan, migration }: MigrationState): Promise<MigrationPlan | MigrationProgress> => {
    const options = schemaChange(release, invocation);
    const { changelog, connection } = await openChangelog(release.changelog, 'MIGRATOR');
    return withDatabase(connection, async (database) => {
      if (plan === undefined) {
        const changesets = planRollback(changelog, await readHistory(database), release.rollback as RollbackWish);
        return { pending: changesets.length, verdict: 'none', changesets, withoutRollback: 0 };
      }
      const { changesets } = plan;
      const result = await rollback(database, changelog, { changesets }, options);
      const applied = [...(migration?.changesets ?? []), ...result.applied];
      return {
        done: result.done,
        applied: result.done ? changesets.length : applied.length,
        remaining: result.remaining,
        changesets: result.done ? changesets : applied,
      };
    });
  })(state);
