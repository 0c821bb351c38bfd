import type {
  DescribeLogGroupsCommandInput,
  GetLogEventsCommandInput,
  GetLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';

/** Lines kept for each stream: enough to show why a task failed. */
const KEPT_LINES = 1000;

interface Line {
  readonly timestamp: number;
  readonly message: string;
}

/** Log groups of the template, filled by the lines that tasks write. */
export class LogGroups {
  private readonly groups = new Map<string, Map<string, Line[]>>();

  create(group: string): void {
    if (!this.groups.has(group)) this.groups.set(group, new Map());
  }

  append(group: string, stream: string, message: string): void {
    this.create(group);
    const streams = this.groups.get(group) as Map<string, Line[]>;
    const lines = streams.get(stream) ?? [];
    lines.push({ timestamp: Date.now(), message });
    if (lines.length > KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES);
    streams.set(stream, lines);
  }

  readonly model: ServiceModel = {
    GetLogEvents: async (input: GetLogEventsCommandInput): Promise<Partial<GetLogEventsCommandOutput>> => {
      const name = input.logGroupName ?? '';
      const streams = this.groups.get(name);
      if (!streams) throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${name}.`);
      const lines = streams.get(input.logStreamName ?? '');
      if (!lines) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
      const limit = input.limit ?? 10_000;
      return { events: input.startFromHead ? lines.slice(0, limit) : lines.slice(-limit) };
    },
    DescribeLogGroups: async ({ logGroupNamePrefix = '' }: DescribeLogGroupsCommandInput) => ({
      logGroups: [...this.groups.keys()]
        .filter((name) => name.startsWith(logGroupNamePrefix))
        .map((logGroupName) => ({ logGroupName })),
    }),
  };
}
