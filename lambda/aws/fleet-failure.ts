import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Color } from '../domain/color';
import { fleetNames, stoppedTasks } from './fleet';

const client = new CloudWatchLogsClient({});

const LOG_LINES = 8;

/** Says why a color does not become healthy: how its last task of a revision stopped, and what it logged at the end. */
export async function explainFailure(color: Color, taskDefinition: string): Promise<string> {
  const task = (await stoppedTasks(color)).find((candidate) => candidate.taskDefinitionArn === taskDefinition);
  if (task === undefined) return 'no task has stopped; look at the target group health checks';
  const container = task.containers?.find((candidate) => candidate.exitCode !== undefined) ?? task.containers?.[0];
  const stopped = [
    task.stopCode,
    task.stoppedReason,
    container?.exitCode === undefined ? container?.reason : `exit code ${container.exitCode}`,
  ].filter(Boolean);
  const taskId = task.taskArn?.split('/').at(-1) ?? '';
  return `last task stopped: ${stopped.join('; ')}${await lastLines(color, taskId)}`;
}

/** The awslogs driver names a stream `<prefix>/<container>/<task id>`; filtering by the whole name needs the prefix. */
async function lastLines(color: Color, taskId: string): Promise<string> {
  const { logGroup } = fleetNames(color);
  try {
    const { events } = await client.send(
      new FilterLogEventsCommand({
        logGroupName: logGroup,
        logStreamNamePrefix: color,
        startTime: Date.now() - 15 * 60_000,
        limit: 1_000,
      }),
    );
    const lines = (events ?? []).filter((event) => event.logStreamName?.endsWith(taskId)).slice(-LOG_LINES);
    return lines.map((event) => `\n  | ${event.message?.trimEnd().slice(0, 300)}`).join('');
  } catch (error) {
    // The reason of the failure matters more than its log: a log that cannot be read must not hide it.
    return `\n  (its log could not be read: ${(error as Error).name})`;
  }
}
