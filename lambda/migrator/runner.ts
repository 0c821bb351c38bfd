import { ReleaseError } from '../domain/errors';
import { withAttempts } from './attempts';
import type { Changelog, Changeset, Preconditions } from './changelog';
import { identity } from './changelog';
import type { Database } from './database';
import { engineOf } from './engine';
import {
  deploymentId,
  ensureHistory,
  nextOrder,
  readHistory,
  recordChecksum,
  recordRun,
  refuseTooLong,
} from './history';
import { isBegun } from './journal';
import { withLock } from './lock';
import { planUpdate, refuseDrift } from './plan';
import type { PendingChangeset, Selection } from './plan';
import { checkPreconditions } from './preconditions';
import { placed } from './problem';
import { inTransaction, resetSession, timeLeft } from './run';
import type { Run } from './run';
import { runOutsideTransaction } from './run-outside-transaction';
import { limitStatements, OutOfTime, runStatement, StatementFailed } from './run-statement';
import { statementsOf } from './statements';

export interface UpdateOptions extends Selection {
  /** Who migrates, for the lock's row: environment and release. */
  readonly holder: string;
  /** Milliseconds for the whole call; it stops between changesets, or takes the last one back. @default - no limit */
  readonly budgetMs?: number;
  /** Milliseconds that a statement waits for a lock before it gives way to those behind it. @default 5000 */
  readonly lockTimeoutMs?: number;
  /** Attempts at a changeset whose statement did not get its lock; between them it waits longer and longer. @default 5 */
  readonly attempts?: number;
  /** Milliseconds to wait for somebody else's migration. @default 300000, within the budget */
  readonly lockWaitMs?: number;
  /** Milliseconds between two looks at somebody else's lock. @default 500 */
  readonly lockPollMs?: number;
  /** Hears what happens, one sentence at a time. */
  readonly onProgress?: (message: string) => void;
}

export interface UpdateResult {
  readonly done: boolean;
  /** Changesets that this call applied or marked as run, `path::id::author`, in order. */
  readonly applied: readonly string[];
  readonly remaining: number;
}

/**
 * Applies what is pending of a changelog: each changeset and its row in one transaction, under both locks, after the
 * history was read under them. It can be called again at any time and goes on where it stopped.
 *
 * @throws ReleaseError ChangelogDrift, MigrationFailed; the locks are free then and nothing of the changeset stays,
 *   unless it runs outside a transaction
 */
export async function update(database: Database, changelog: Changelog, options: UpdateOptions): Promise<UpdateResult> {
  const { budgetMs = Infinity, lockTimeoutMs = 5_000, attempts = 5, onProgress = () => undefined } = options;
  const until = Date.now() + budgetMs;
  const waitMs = Math.min(options.lockWaitMs ?? 300_000, budgetMs);
  refuseOtherEngine(database, changelog);
  return withLock(database, { holder: options.holder, waitMs, pollMs: options.lockPollMs }, async () => {
    await ensureHistory(database);
    const history = await readHistory(database);
    const plan = planUpdate(changelog, history, options);
    refuseDrift(plan);
    for (const { changeset } of plan.pending) refuseTooLong(changeset);
    refuseTransactionStatements(database, plan.pending);
    await limitStatements(database, timeLeft({ until }), lockTimeoutMs);
    for (const preconditions of changelog.preconditions)
      await requirePreconditions(database, preconditions, onProgress);
    for (const { changeset, row } of plan.unsummed) await recordChecksum(database, row, changeset.checksum);
    const run: Run = {
      database,
      deployment: deploymentId(),
      until,
      lockTimeoutMs,
      attempts,
      onProgress,
      nextOrder: nextOrder(history),
      first: true,
    };
    return runAll(run, plan.pending);
  });
}

async function runAll(run: Run, pending: readonly PendingChangeset[]): Promise<UpdateResult> {
  const applied: string[] = [];
  for (const [index, { changeset, ran }] of pending.entries()) {
    if (Date.now() >= run.until) return { done: false, applied, remaining: pending.length - index };
    try {
      if (!(await withAttempts(run, () => runChangeset(run, changeset, ran)))) continue;
      applied.push(identity(changeset));
      run.nextOrder++;
    } catch (error) {
      if (error instanceof OutOfTime) return { done: false, applied, remaining: pending.length - index };
      const isAnswer =
        error instanceof PreconditionUnmet || (error instanceof StatementFailed && error.code !== undefined);
      if (changeset.failOnError || !isAnswer) throw error;
      run.onProgress(`${(error as Error).message}; failOnError is false: going on without it`);
    }
    run.first = false;
  }
  return { done: true, applied, remaining: 0 };
}

/** Runs one changeset. @returns whether a row was written */
async function runChangeset(run: Run, changeset: Changeset, ran: PendingChangeset['ran']): Promise<boolean> {
  const { database, deployment, nextOrder: order } = run;
  const record = { type: ran === undefined ? 'EXECUTED' : 'RERAN', order, deployment } as const;
  const engine = engineOf(database);
  const statements = statementsOf(changeset);
  if (!changeset.runInTransaction || !(await engine.fitsTransaction(database, statements))) {
    // Asked once: what the changeset itself did so far must not decide whether it is continued.
    const begun = await isBegun(database, changeset);
    const decision = begun ? 'run' : await inTransaction(database, () => decide(run, changeset));
    if (decision === 'skip') return false;
    if (decision === 'run') {
      const finish = () => recordRun(database, changeset, record, ran);
      await runOutsideTransaction(run, { changeset, statements, finish });
    } else await recordRun(database, changeset, { ...record, type: 'MARK_RAN' });
    run.onProgress(`${decision === 'mark' ? 'marked as run' : 'applied'} ${identity(changeset)}`);
    return true;
  }
  return inTransaction(database, async () => {
    const decision = await decide(run, changeset);
    if (decision === 'skip') return false;
    if (decision === 'mark') await recordRun(database, changeset, { ...record, type: 'MARK_RAN' });
    else {
      const limitsItself = statements.some(({ sql }) => engine.limitsItself(sql));
      for (const [index, statement] of statements.entries()) {
        if (index === 0 || (run.until !== Infinity && !limitsItself)) {
          await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
        }
        await runStatement(database, changeset, statement);
      }
      await resetSession(database);
      await recordRun(database, changeset, record, ran);
    }
    run.onProgress(`${decision === 'mark' ? 'marked as run' : 'applied'} ${identity(changeset)}`);
    return true;
  });
}

/** A precondition does not hold, and the changeset asks to stop then. */
class PreconditionUnmet extends ReleaseError {
  constructor(message: string) {
    super('MigrationFailed', message);
  }
}

async function decide(run: Run, changeset: Changeset): Promise<'run' | 'skip' | 'mark'> {
  const { database, onProgress } = run;
  const { preconditions } = changeset;
  if (preconditions === undefined) return 'run';
  await limitStatements(database, timeLeft(run), run.lockTimeoutMs);
  await database.query('SAVEPOINT preconditions');
  const result = await checkPreconditions(database, preconditions).catch((error: Error) => {
    throw new StatementFailed(changeset, { sql: '', ...changeset.place }, error);
  });
  await database.query('ROLLBACK TO SAVEPOINT preconditions');
  if (result.met) return 'run';
  const reaction = result.kind === 'fail' ? preconditions.onFail : preconditions.onError;
  const message = `${placed(changeset.place)}: a precondition of ${identity(changeset)} does not hold: ${result.reason}`;
  if (reaction === 'HALT') throw new PreconditionUnmet(message);
  onProgress(message);
  return reaction === 'WARN' ? 'run' : reaction === 'MARK_RAN' ? 'mark' : 'skip';
}

/** Preconditions of the changelog as a whole. */
async function requirePreconditions(
  database: Database,
  preconditions: Preconditions,
  onProgress: (message: string) => void,
): Promise<void> {
  const result = await inTransaction(database, () => checkPreconditions(database, preconditions));
  if (result.met) return;
  const message = `a precondition of the changelog does not hold: ${result.reason}`;
  // There is no row to mark for a whole changelog: whatever is not a warning stops.
  if ((result.kind === 'fail' ? preconditions.onFail : preconditions.onError) !== 'WARN') {
    throw new ReleaseError('MigrationFailed', message);
  }
  onProgress(message);
}

/** A changelog is read for one engine: its `dbms:` and the ends of its statements follow from it. */
export function refuseOtherEngine(database: Database, changelog: Changelog): void {
  const { name } = engineOf(database);
  if (changelog.engine === name) return;
  throw new ReleaseError(
    'ChangelogInvalid',
    `the changelog was read for ${changelog.engine}, but the database is ${name}; set "engine" in the database's secret to "${name}"`,
  );
}

/** A changeset that commits by itself would leave its row behind, or take it along: refused before anything runs. */
function refuseTransactionStatements(database: Database, pending: readonly PendingChangeset[]): void {
  const engine = engineOf(database);
  for (const { changeset } of pending) {
    for (const statement of statementsOf(changeset)) {
      const word = engine.refusedWord(statement.sql);
      if (word === undefined) continue;
      throw new ReleaseError(
        'ChangelogInvalid',
        `${statement.file}:${statement.line}: ${word} in ${identity(changeset)}: the migrator begins and ends transactions itself and locks what it needs; leave it out`,
      );
    }
  }
}
