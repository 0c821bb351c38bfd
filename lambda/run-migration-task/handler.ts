import { hasMigrated, startMigrationTask } from '../aws/migration-task';
import { step } from '../aws/step';
import type { MigrationTaskState } from '../domain/migration-task';
import type { ReleaseState } from '../domain/release';

/** RunMigrationTask: starts the migrator as a Fargate task, and is asked again until the task has ended. */
export const handler = step(async ({ release, task }: ReleaseState): Promise<MigrationTaskState> => {
  if (task === undefined) return { arn: await startMigrationTask(release), stopped: false };
  return { arn: task.arn, stopped: task.stopped || (await hasMigrated(task.arn)) };
});
