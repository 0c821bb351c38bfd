import type {
  FilteredLogEvent,
  FilterLogEventsCommandInput,
  FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';

/** Lines kept for each stream: enough to show why a task failed. */
const KEPT_LINES = 1000;

interface Line {
  readonly timestamp: number;
  readonly message: string;
  readonly id: string;
}

/** Log groups of the template, filled by the lines that tasks write. */
export class LogGroups {
  private readonly groups = new Map<string, Map<string, Line[]>>();
  private next = 0;

  create(group: string): void {
    if (!this.groups.has(group)) this.groups.set(group, new Map());
  }

  append(group: string, stream: string, message: string): void {
    this.create(group);
    const streams = this.groups.get(group) as Map<string, Line[]>;
    const lines = streams.get(stream) ?? [];
    lines.push({ timestamp: Date.now(), message, id: String((this.next += 1)).padStart(20, '0') });
    if (lines.length > KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES);
    streams.set(stream, lines);
  }

  readonly model: ServiceModel = {
    FilterLogEvents: async (input: FilterLogEventsCommandInput): Promise<Partial<FilterLogEventsCommandOutput>> => {
      const name = input.logGroupName ?? input.logGroupIdentifier?.split(':log-group:').at(-1)?.replace(/:\*$/, '');
      const streams = this.groups.get(name ?? '');
      if (!streams) {
        throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${name ?? ''}.`);
      }
      const events: FilteredLogEvent[] = [];
      for (const [stream, lines] of streams) {
        if (input.logStreamNames && !input.logStreamNames.includes(stream)) continue;
        if (input.logStreamNamePrefix && !stream.startsWith(input.logStreamNamePrefix)) continue;
        for (const line of lines) {
          if (line.timestamp < (input.startTime ?? 0) || line.timestamp > (input.endTime ?? Infinity)) continue;
          if (!matches(line.message, input.filterPattern)) continue;
          events.push({ logStreamName: stream, timestamp: line.timestamp, message: line.message, eventId: line.id });
        }
      }
      events.sort(
        (a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0) || ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1),
      );
      const offset = Number(input.nextToken ?? 0);
      const end = offset + (input.limit ?? 10_000);
      return { events: events.slice(offset, end), nextToken: end < events.length ? String(end) : undefined };
    },
  };
}

/** Plain terms only: all of them must occur. CloudWatch's other filter syntax is refused rather than misread. */
function matches(message: string, pattern: string | undefined): boolean {
  if (!pattern) return true;
  if (/[{}[\]%]/.test(pattern)) {
    throw new AwsError('InvalidParameterException', `The local mode knows plain filter terms only: ${pattern}`);
  }
  const terms = pattern.match(/"[^"]*"|\S+/g) ?? [];
  return terms.every((term) => message.includes(term.replaceAll('"', '')));
}
