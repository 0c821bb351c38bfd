// The migrator as a process with a long life: what Migrate does in a function, in the container of a Fargate task.
// Reads RELEASE (id and changelog as JSON) and BUDGET_SECONDS; ends with 1 after a line that says why it failed.
import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import type { TaskFailure } from '../domain/migration-task';
import type { MigrationProgress, ReleaseState } from '../domain/release';
import { handler } from './handler';

/** Between two attempts while somebody else's migration is waited for. */
const PAUSE_MS = 5_000;

async function main(): Promise<void> {
  const release = JSON.parse(process.env.RELEASE ?? '{}') as ReleaseState['release'];
  const until = Date.now() + Number(process.env.BUDGET_SECONDS ?? 3_600) * 1_000;
  let migration: MigrationProgress | undefined;
  for (;;) {
    const state = { release, migration } as ReleaseState;
    migration = await handler(state, { getRemainingTimeInMillis: () => until - Date.now() });
    if (migration.done) return console.log(`done: ${migration.applied} applied`);
    if (Date.now() + PAUSE_MS >= until) {
      throw new ReleaseError(
        'MigrationFailed',
        `the migration did not end within migrations.timeBudget: ${migration.applied} applied, ${migration.remaining} left; release again to go on, or raise it`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

// ECS stops a task with SIGTERM: the connection closes, and the server takes back what was begun.
process.once('SIGTERM', () => process.exit(143));

main().catch((error: Error) => {
  const failure: TaskFailure = { failed: { name: error.name, message: error.message } };
  console.log(JSON.stringify(failure));
  process.exitCode = 1;
});
