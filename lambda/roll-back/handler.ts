import { readChangelogArtifact } from '../aws/artifacts';
import { readSecret } from '../aws/secrets';
import { policy, setting } from '../aws/settings';
import { step } from '../aws/step';
import type { MigrationState, RollbackWish } from '../domain/migration';
import type { MigrationPlan, MigrationProgress } from '../domain/release';
import { connectionOf, engineNameOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { readHistory } from '../migrator/history';
import { readChangelog } from '../migrator/reader';
import { rollback } from '../migrator/rollback';
import { planRollback } from './plan';

/** Left over at the end for taking a changeset's rollback back, freeing the locks and answering. */
const RESERVE_MS = 20_000;
const STANDARD_TIME_MS = 60_000;

/**
 * PlanRollBack, when nothing is planned yet: says what is to be taken back. RollBack afterwards takes it back, and is
 * invoked again until it is done.
 */
export const handler = (
  state: MigrationState,
  context?: { getRemainingTimeInMillis?(): number },
): Promise<MigrationPlan | MigrationProgress> =>
  step(async ({ release, plan, migration }: MigrationState): Promise<MigrationPlan | MigrationProgress> => {
    const timeMs = context?.getRemainingTimeInMillis?.() ?? STANDARD_TIME_MS;
    const { application, environment } = policy();
    const artifact = await readChangelogArtifact(release.changelog);
    const secret = parseDatabaseSecret(await readSecret(setting('MIGRATOR_SECRET_ARN')));
    const options = { engine: engineNameOf(secret), contexts: [environment] };
    const changelog = readChangelog(artifact.files, artifact.root, options);
    return withDatabase(connectionOf(secret, setting('DATABASE_NAME')), async (database) => {
      if (plan === undefined) {
        const changesets = planRollback(changelog, await readHistory(database), release.rollback as RollbackWish);
        return { pending: changesets.length, verdict: 'none', changesets, withoutRollback: 0 };
      }
      const { changesets } = plan;
      const result = await rollback(
        database,
        changelog,
        { changesets },
        {
          holder: `${application}-${environment} ${release.id}`,
          budgetMs: Math.max(1_000, timeMs - RESERVE_MS),
          lockWaitMs: 60_000,
          onProgress: (message) => console.log(message),
        },
      );
      const applied = [...(migration?.changesets ?? []), ...result.applied];
      return {
        done: result.done,
        applied: result.done ? changesets.length : applied.length,
        remaining: result.remaining,
        changesets: result.done ? changesets : applied,
      };
    });
  })(state);
