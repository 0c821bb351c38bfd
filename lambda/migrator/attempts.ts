import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import { resetSession, type Run } from './run';
import { OutOfTime, StatementFailed } from './run-statement';

/** Server and runner measure the same time a little differently. */
const TIMER_SLACK_MS = 250;

/**
 * Does what a changeset needs, forward or back, and again after longer and longer pauses when a statement does not get
 * its lock.
 *
 * @throws OutOfTime when the time is over; StatementFailed
 */
export async function withAttempts<T>(run: Run, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      // Not every engine takes settings back with a transaction; what comes next must not run under them.
      await resetSession(run.database).catch(() => undefined);
      if (!(error instanceof StatementFailed)) throw error;
      if (error.timedOut && Date.now() >= run.until - TIMER_SLACK_MS) throw outOfTime(run, error);
      if (!error.passing || attempt >= run.attempts) throw error;
      const pauseMs = Math.min(250 * 2 ** attempt, 10_000) * (0.5 + Math.random() / 2);
      if (Date.now() + pauseMs >= run.until) throw new OutOfTime();
      run.onProgress(`${error.message}; attempt ${attempt} of ${run.attempts}, trying again`);
      await sleep(pauseMs);
    }
  }
}

function outOfTime(run: Run, error: StatementFailed): Error {
  if (!run.first) return new OutOfTime();
  return new ReleaseError(
    'MigrationFailed',
    `${error.message}; the statement had the whole time budget of this function: run it by hand with "greenroom migrate", or make it smaller`,
    { cause: error },
  );
}
