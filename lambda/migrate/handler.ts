import { readChangelogArtifact } from '../aws/artifacts';
import { readSecret } from '../aws/secrets';
import { policy, setting } from '../aws/settings';
import { step } from '../aws/step';
import { cut } from '../domain/changesets';
import type { MigrationProgress, ReleaseState } from '../domain/release';
import { identity } from '../migrator/changelog';
import { connectionOf, engineNameOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { readHistory } from '../migrator/history';
import { LockHeld } from '../migrator/lock';
import { readChangelog } from '../migrator/reader';
import { update } from '../migrator/runner';

/** Left over at the end for taking a changeset back, freeing the locks and answering. */
const RESERVE_MS = 20_000;
/** Without a context (a test, a command line) this is the time for one invocation. */
const STANDARD_TIME_MS = 60_000;
/** As long as Liquibase waits for a lock; somebody else's migration that is younger is waited for. */
const FOREIGN_LOCK_SECONDS = 300;

const TOLD_BY_HISTORY = { done: true, applied: [], remaining: 0 };

/** Applies what is pending of the version's changelog; it is invoked again until it is done. */
export const handler = (
  state: ReleaseState,
  context?: { getRemainingTimeInMillis?(): number },
): Promise<MigrationProgress> =>
  step(async ({ release, migration, task }: ReleaseState): Promise<MigrationProgress> => {
    const timeMs = context?.getRemainingTimeInMillis?.() ?? STANDARD_TIME_MS;
    const { application, environment } = policy();
    const artifact = await readChangelogArtifact(release.changelog);
    const secret = parseDatabaseSecret(await readSecret(setting('MIGRATOR_SECRET_ARN')));
    const options = { engine: engineNameOf(secret), contexts: [environment] };
    const changelog = readChangelog(artifact.files, artifact.root, options);
    const before = migration?.applied ?? 0;
    try {
      return await withDatabase(connectionOf(secret, setting('DATABASE_NAME')), async (database) => {
        // What a task has applied is only looked up here.
        const result =
          task !== undefined
            ? TOLD_BY_HISTORY
            : await update(database, changelog, {
                contexts: [environment],
                holder: `${application}-${environment} ${release.id}`,
                budgetMs: Math.max(1_000, timeMs - RESERVE_MS),
                lockWaitMs: 60_000,
                onProgress: (message) => console.log(message),
              });
        // An invocation that died may have applied what it could not tell: the history knows it.
        const done = new Set((await readHistory(database)).map(identity));
        const mine = [...(migration?.changesets ?? []), ...result.applied];
        const changesets = new Set([...(state.plan?.changesets ?? []).filter((each) => done.has(each)), ...mine]);
        return {
          done: result.done,
          applied: Math.max(before + result.applied.length, changesets.size),
          remaining: result.remaining,
          changesets: cut([...changesets]),
        };
      });
    } catch (error) {
      if (!(error instanceof LockHeld) || (error.heldSeconds ?? Infinity) > FOREIGN_LOCK_SECONDS) throw error;
      console.log(`waiting: ${error.message}`);
      const remaining = migration?.remaining ?? state.plan?.pending ?? 0;
      return { done: false, applied: before, remaining, changesets: migration?.changesets ?? [] };
    }
  })(state);
