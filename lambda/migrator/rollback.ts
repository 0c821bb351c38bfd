import { ReleaseError } from '../domain/errors';
import type { Changelog, Changeset } from './changelog';
import { identity } from './changelog';
import type { Database } from './database';
import { engineOf } from './engine';
import { ensureHistory, eraseRun, readHistory } from './history';
import type { HistoryRow } from './history';
import { withLock } from './lock';
import { changedSince } from './plan';
import { placed } from './problem';
import { withAttempts } from './attempts';
import { inTransaction, resetSession, timeLeft } from './run';
import type { Run } from './run';
import { runOutsideTransaction } from './run-outside-transaction';
import { limitStatements, OutOfTime, runStatement } from './run-statement';
import { refuseOtherEngine } from './runner';
import type { UpdateOptions, UpdateResult } from './runner';
import { rollbackStatementsOf } from './statements';

/** How far to go back: after a tag, by a number of changesets, or a release's own list of changesets. */
export type RollbackTarget =
  | { readonly tag: string }
  | { readonly count: number }
  | { readonly changesets: readonly string[] };

/**
 * The rows that a rollback would take back, newest first. As in Liquibase the tagged row itself stays, unless it is a
 * `tagDatabase` changeset.
 *
 * @throws ReleaseError MigrationFailed when the tag is unknown
 */
export function rowsToRollBack(
  history: readonly HistoryRow[],
  changelog: Changelog,
  target: RollbackTarget,
): readonly HistoryRow[] {
  const newestFirst = [...history].reverse();
  if ('count' in target) return newestFirst.slice(0, target.count);
  if ('changesets' in target) {
    const wanted = new Set(target.changesets);
    return newestFirst.filter((row) => wanted.has(identity(row)));
  }
  // Of several rows with one tag it is the oldest, as it is for Liquibase unless --tag-version says otherwise.
  const index = newestFirst.findLastIndex((row) => row.tag === target.tag);
  const tagged = newestFirst[index];
  if (tagged === undefined) {
    const tags = newestFirst.flatMap((row) => row.tag ?? []);
    throw new ReleaseError(
      'MigrationFailed',
      `the database has no tag "${target.tag}"; it has ${tags.join(', ') || 'none'}`,
    );
  }
  const changeset = changelog.changesets.find((candidate) => identity(candidate) === identity(tagged));
  // One that does more than to set the tag stays.
  const isTag = changeset?.description === 'tagDatabase';
  return newestFirst.slice(0, isTag ? index + 1 : index);
}

/**
 * Takes changesets back, newest first, each with its row in one transaction. Before anything runs it is checked that
 * every one of them has a rollback.
 *
 * @throws ReleaseError MigrationFailed when a changeset is not in the changelog or has no rollback, or when one fails
 */
export async function rollback(
  database: Database,
  changelog: Changelog,
  target: RollbackTarget,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const { budgetMs = Infinity, lockTimeoutMs = 5_000, attempts = 5, onProgress = () => undefined } = options;
  const until = Date.now() + budgetMs;
  const waitMs = Math.min(options.lockWaitMs ?? 300_000, budgetMs);
  refuseOtherEngine(database, changelog);
  return withLock(database, { holder: options.holder, waitMs, pollMs: options.lockPollMs }, async () => {
    await ensureHistory(database);
    const rows = rowsToRollBack(await readHistory(database), changelog, target);
    const steps = preflight(changelog, rows);
    const run: Run = {
      database,
      until,
      lockTimeoutMs,
      onProgress,
      deployment: '',
      attempts,
      nextOrder: 0,
      first: true,
    };
    const applied: string[] = [];
    for (const step of steps) {
      const remaining = steps.length - applied.length;
      if (Date.now() >= until) return { done: false, applied, remaining };
      try {
        await withAttempts(run, () => takeBack(run, step));
      } catch (error) {
        if (error instanceof OutOfTime) return { done: false, applied, remaining };
        throw error;
      }
      run.first = false;
      applied.push(identity(step.changeset));
      onProgress(`rolled back ${identity(step.changeset)}`);
    }
    return { done: true, applied, remaining: 0 };
  });
}

/** What is taken back, and the row that goes with it. */
interface Step {
  readonly changeset: Changeset;
  readonly row: HistoryRow;
}

/** Pairs rows with their changesets. @throws ReleaseError MigrationFailed naming all that cannot be taken back */
function preflight(changelog: Changelog, rows: readonly HistoryRow[]): Step[] {
  const known = new Map(changelog.changesets.map((changeset) => [identity(changeset), changeset]));
  const problems: string[] = [];
  const steps: Step[] = [];
  for (const row of rows) {
    const changeset = known.get(identity(row));
    if (changeset === undefined) problems.push(`${identity(row)} is not in this changelog`);
    else if (changeset.rollback.type === 'none')
      problems.push(`${placed(changeset.place)}: ${identity(row)} has no rollback`);
    else {
      const changed = changedSince(changeset, row);
      if (changed === undefined) steps.push({ changeset, row });
      else problems.push(changed);
    }
  }
  if (problems.length > 0) throw new ReleaseError('MigrationFailed', `nothing was rolled back: ${problems.join('; ')}`);
  return steps;
}

async function takeBack(run: Run, { changeset, row }: Step): Promise<void> {
  const { database } = run;
  const statements = rollbackStatementsOf(changeset) ?? [];
  const finish = () => eraseRun(database, row);
  if (!changeset.runInTransaction || !(await engineOf(database).fitsTransaction(database, statements))) {
    await runOutsideTransaction(run, { changeset, statements, back: true, finish });
    return;
  }
  await inTransaction(database, async () => {
    for (const statement of statements) {
      await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
      await runStatement(database, changeset, statement);
    }
    await resetSession(database);
    await finish();
  });
}
