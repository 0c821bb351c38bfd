import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Color } from '../domain/color';
import { fleetNames, stoppedTasks } from './fleet';

const client = new CloudWatchLogsClient({});

const LOG_LINES = 8;

/** Says why a color does not become healthy: how its last task of a revision stopped, and what it logged at the end. */
export async function explainFailure(color: Color, taskDefinition: string): Promise<string> {
  const stopped = (await stoppedTasks(color)).filter((candidate) => candidate.taskDefinitionArn === taskDefinition);
  const task = stopped[0];
  if (task === undefined) return 'no task has stopped; look at the target group health checks';
  // The one that failed brings the others down with it, which then end by a signal.
  const ended = task.containers?.filter((candidate) => candidate.exitCode !== undefined) ?? [];
  const container = ended.find(({ exitCode }) => exitCode !== 0) ?? ended[0] ?? task.containers?.[0];
  const how = [
    task.stopCode,
    task.stoppedReason,
    container?.exitCode === undefined
      ? container?.reason
      : `${container.name ?? 'its container'} ended with exit code ${container.exitCode}`,
  ].filter(Boolean);
  const taskId = task.taskArn?.split('/').at(-1) ?? '';
  const others = stopped.length > 1 ? ` (${stopped.length} tasks of this revision stopped)` : '';
  return `last task stopped: ${how.join('; ')}${others}${await lastLines(color, container?.name ?? '', taskId)}`;
}

/** The awslogs driver names a stream `<prefix>/<container>/<task id>`; the prefix is the color. */
async function lastLines(color: Color, container: string, taskId: string): Promise<string> {
  try {
    const { events } = await client.send(
      new GetLogEventsCommand({
        logGroupName: fleetNames(color).logGroup,
        logStreamName: `${color}/${container}/${taskId}`,
        limit: LOG_LINES,
        startFromHead: false,
      }),
    );
    return (events ?? []).map((event) => `\n  | ${event.message?.trimEnd().slice(0, 300)}`).join('');
  } catch (error) {
    const { name } = error as Error;
    // A container that never started has no stream.
    if (name === 'ResourceNotFoundException') return '\n  (it logged nothing)';
    // The reason of the failure matters more than its log: a log that cannot be read must not hide it.
    return `\n  (its log could not be read: ${name})`;
  }
}
