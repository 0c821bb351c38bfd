import { step } from '../aws/step';
import { cut } from '../domain/changesets';
import type { MigrationProgress, ReleaseState } from '../domain/release';
import { identity } from '../migrator/changelog';
import { withDatabase } from '../migrator/connect';
import { readHistory } from '../migrator/history';
import { LockHeld } from '../migrator/lock';
import { update } from '../migrator/runner';
import { openChangelog } from './changelog';
import { type Invocation, schemaChange } from './invocation';

/** As long as Liquibase waits for a lock; somebody else's migration that is younger is waited for. */
const FOREIGN_LOCK_SECONDS = 300;

const TOLD_BY_HISTORY = { done: true, applied: [], remaining: 0 };

/** Applies what is pending of the version's changelog; it is invoked again until it is done. */
export const handler = (state: ReleaseState, invocation?: Invocation): Promise<MigrationProgress> =>
  step(async ({ release, migration, task }: ReleaseState): Promise<MigrationProgress> => {
    const options = schemaChange(release, invocation);
    const { changelog, connection } = await openChangelog(release.changelog, 'MIGRATOR');
    const before = migration?.applied ?? 0;
    try {
      return await withDatabase(connection, async (database) => {
        // What a task has applied is only looked up here.
        const result = task === undefined ? await update(database, changelog, options) : TOLD_BY_HISTORY;
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
