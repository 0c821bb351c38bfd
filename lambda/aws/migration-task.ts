import { createHash } from 'node:crypto';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { ERROR_NAMES, ReleaseError, type ErrorName } from '../domain/errors';
import type { MigrationTaskSettings, TaskFailure } from '../domain/migration-task';
import type { ReleaseState } from '../domain/release';
import { ecs } from './fleet';
import { hasSetting, setting } from './settings';

const logs = new CloudWatchLogsClient({});

/** How long a task may outlive its budget (starting, taking back what it had begun) before it is stopped. */
const GRACE_MS = 15 * 60_000;

function settings(): MigrationTaskSettings {
  return JSON.parse(setting('MIGRATION_TASK')) as MigrationTaskSettings;
}

/** What ECS lists a release's task by: letters, digits, hyphens and underscores. */
const startedBy = (release: string) => release.replace(/[^\w-]/g, '_').slice(0, 128);

/** Starts the migrator as a task; asked again with the same release it is the same task. @returns its ARN */
export async function startMigrationTask({ id, changelog }: ReleaseState['release']): Promise<string> {
  const { family, container, subnets, securityGroup } = settings();
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({
      cluster: setting('CLUSTER_NAME'),
      taskDefinition: family,
      launchType: 'FARGATE',
      count: 1,
      startedBy: startedBy(id),
      clientToken: createHash('sha256').update(id).digest('hex'),
      networkConfiguration: { awsvpcConfiguration: { subnets: [...subnets], securityGroups: [securityGroup] } },
      overrides: {
        containerOverrides: [
          { name: container, environment: [{ name: 'RELEASE', value: JSON.stringify({ id, changelog }) }] },
        ],
      },
    }),
  );
  const arn = tasks?.[0]?.taskArn;
  if (arn !== undefined) return arn;
  const why = failures?.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': ')).join('; ');
  throw new ReleaseError('Transient', `ECS started no task for the migration of ${id}: ${why || 'it gave no reason'}`);
}

/**
 * Whether a task has ended well; one that outlived its budget is stopped.
 *
 * @throws ReleaseError with the name and message that the migrator ended with
 */
export async function hasMigrated(arn: string): Promise<boolean> {
  const cluster = setting('CLUSTER_NAME');
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
  const task = tasks?.[0];
  if (task === undefined) {
    throw new ReleaseError(
      'MigrationFailed',
      `ECS does not know the task ${arn} any more; see its log for how it ended`,
    );
  }
  if (task.lastStatus !== 'STOPPED') {
    const deadline = (task.createdAt?.getTime() ?? Date.now()) + settings().budgetSeconds * 1_000 + GRACE_MS;
    if (Date.now() < deadline) return false;
    await ecs.send(new StopTaskCommand({ cluster, task: arn, reason: 'it outlived migrations.timeBudget' }));
    throw new ReleaseError('MigrationFailed', `the task ${arn} outlived migrations.timeBudget and was stopped`);
  }
  if (task.containers?.[0]?.exitCode === 0) return true;
  throw await failureOf(task);
}

/** Stops the task of a release that has ended otherwise; the server takes back what it had begun. */
export async function stopMigrationTask(release: string): Promise<void> {
  if (!hasSetting('MIGRATION_TASK')) return;
  const cluster = setting('CLUSTER_NAME');
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy: startedBy(release) }));
  for (const task of taskArns) {
    await ecs.send(new StopTaskCommand({ cluster, task, reason: `release ${release} has ended` }));
  }
}

/** The last line of a migrator that failed says why; without one, how the task stopped. */
async function failureOf({ taskArn = '', containers, stoppedReason }: Task): Promise<Error> {
  const { container, logGroup } = settings();
  const stream = `migrate/${container}/${taskArn.split('/').at(-1)}`;
  const { events = [] } = await logs
    .send(new GetLogEventsCommand({ logGroupName: logGroup, logStreamName: stream, limit: 20, startFromHead: false }))
    // A container that never started has no stream.
    .catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') return { events: [] };
      throw error;
    });
  for (const { message = '' } of [...events].reverse()) {
    const failure = failureIn(message);
    if (failure === undefined) continue;
    const known = ERROR_NAMES.includes(failure.name as ErrorName);
    return new ReleaseError(known ? (failure.name as ErrorName) : 'MigrationFailed', failure.message);
  }
  const how = [stoppedReason, containers?.[0]?.reason, `exit code ${containers?.[0]?.exitCode ?? 'unknown'}`];
  return new ReleaseError('MigrationFailed', `the migration's task stopped: ${how.filter(Boolean).join('; ')}`);
}

function failureIn(line: string): TaskFailure['failed'] | undefined {
  try {
    return (JSON.parse(line) as Partial<TaskFailure>).failed;
  } catch {
    return undefined;
  }
}
