import type { Assembly } from '../../assembly';
import type { Deliveries } from '../deliveries';
import type { Operation, ServiceModel } from '../model';

interface Image {
  readonly [attribute: string]: unknown;
}

interface Change {
  readonly TableName: string;
  readonly Item?: Image;
  readonly Key?: Image;
}

/** Who reads a table's stream. */
interface Reader {
  readonly functionArn: string;
  /** The name that its mapping has in what is told of failures. */
  readonly source: string;
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

/**
 * DynamoDB's streams, which dynalite has none of: every write to a table with a stream is handed, with the item before
 * and after it, to the functions that the template maps to the stream; in order, several at once when they come fast.
 */
export function withStreams(model: ServiceModel, assembly: Assembly, deliveries: Deliveries): ServiceModel {
  const tables = assembly.resources('AWS::DynamoDB::Table').filter(({ properties }) => properties.StreamSpecification);
  const streams = new Map(
    tables.map((table) => {
      const arn = assembly.attribute(table, 'StreamArn');
      const keys = table.properties.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName);
      return [table.physicalId, new Stream(keys, readersOf(assembly, arn), deliveries)] as const;
    }),
  );
  const get = model.GetItem as Operation;
  const watched = (name: string, operation: Operation): Operation => {
    if (!WRITES.includes(name)) return operation;
    return (input: Change, principal) => {
      const stream = streams.get(input.TableName);
      if (stream === undefined) return operation(input, principal);
      const read = async () => {
        const answer = await get(
          { TableName: input.TableName, Key: stream.keyOf(input), ConsistentRead: true },
          principal,
        );
        return (answer as { Item?: Image }).Item;
      };
      // One write at a time: another one between the reads would be told as this one's.
      return stream.alone(async () => {
        const before = await read();
        const output = await operation(input, principal);
        stream.tell(before, await read());
        return output;
      });
    };
  };
  return Object.fromEntries(Object.entries(model).map(([name, operation]) => [name, watched(name, operation)]));
}

function readersOf(assembly: Assembly, streamArn: string): Reader[] {
  const mappings = assembly
    .resources('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.EventSourceArn === streamArn);
  return mappings.map(({ logicalId, properties }) => {
    const name = String(properties.FunctionName);
    const functionArn = name.startsWith('arn:') ? name : `:function:${name}`;
    return { functionArn, source: logicalId };
  });
}

class Stream {
  private writing: Promise<unknown> = Promise.resolve();
  private telling: Promise<unknown> = Promise.resolve();
  private records: object[] = [];
  private count = 0;

  constructor(
    private readonly keys: readonly string[],
    private readonly readers: readonly Reader[],
    private readonly deliveries: Deliveries,
  ) {}

  keyOf({ Item, Key }: Change): Image {
    if (Key !== undefined) return Key;
    return Object.fromEntries(this.keys.map((key) => [key, Item?.[key]]));
  }

  alone<T>(write: () => Promise<T>): Promise<T> {
    const done = this.writing.then(write);
    this.writing = done.catch(() => undefined);
    return done;
  }

  tell(before: Image | undefined, after: Image | undefined): void {
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.records.push({
      eventID: String(++this.count),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventSource: 'aws:dynamodb',
      dynamodb: { ApproximateCreationDateTime: Date.now() / 1000, OldImage: before, NewImage: after },
    });
    this.telling = this.telling.then(() => this.deliver());
  }

  private async deliver(): Promise<void> {
    const Records = this.records.splice(0);
    if (Records.length === 0) return;
    for (const { source, functionArn } of this.readers) await this.deliveries.deliver(source, functionArn, { Records });
  }
}
