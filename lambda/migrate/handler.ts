import { readChangelogArtifact } from '../aws/artifacts';
import { readSecret } from '../aws/secrets';
import { policy, setting } from '../aws/settings';
import { step } from '../aws/step';
import type { MigrationProgress, ReleaseState } from '../domain/release';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { LockHeld } from '../migrator/lock';
import { readChangelog } from '../migrator/reader';
import { update } from '../migrator/runner';

/** Left over at the end for taking a changeset back, freeing the locks and answering. */
const RESERVE_MS = 20_000;
/** Without a context (a test, a command line) this is the time for one invocation. */
const STANDARD_TIME_MS = 60_000;
/** As long as Liquibase waits for a lock; somebody else's migration that is younger is waited for. */
const FOREIGN_LOCK_SECONDS = 300;

/** Applies what is pending of the version's changelog; it is invoked again until it is done. */
export const handler = (
  state: ReleaseState,
  context?: { getRemainingTimeInMillis?(): number },
): Promise<MigrationProgress> =>
  step(async ({ release, migration }: ReleaseState): Promise<MigrationProgress> => {
    const timeMs = context?.getRemainingTimeInMillis?.() ?? STANDARD_TIME_MS;
    const { application, environment } = policy();
    const artifact = await readChangelogArtifact(release.changelog);
    const changelog = readChangelog(artifact.files, artifact.root, { contexts: [environment] });
    const secret = parseDatabaseSecret(await readSecret(setting('DATABASE_SECRET_ARN')));
    const before = migration?.applied ?? 0;
    try {
      const result = await withDatabase(connectionOf(secret, setting('DATABASE_NAME')), (database) =>
        update(database, changelog, {
          contexts: [environment],
          holder: `${application}-${environment} ${release.id}`,
          budgetMs: Math.max(1_000, timeMs - RESERVE_MS),
          lockWaitMs: 60_000,
          onProgress: (message) => console.log(message),
        }),
      );
      return { done: result.done, applied: before + result.applied.length, remaining: result.remaining };
    } catch (error) {
      if (!(error instanceof LockHeld) || (error.heldSeconds ?? Infinity) > FOREIGN_LOCK_SECONDS) throw error;
      console.log(`waiting: ${error.message}`);
      return { done: false, applied: before, remaining: migration?.remaining ?? state.plan?.pending ?? 0 };
    }
  })(state);
