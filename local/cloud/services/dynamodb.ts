import { Agent, request } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Assembly } from '../../assembly';
import { AwsError } from '../model';
import type { Operation, ServiceModel } from '../model';

type Dynalite = (options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }) => Server;
const dynalite = createRequire(__filename)('dynalite') as Dynalite;

const OPERATIONS = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'];

export interface LocalDynamoDb {
  readonly url: string;
  readonly model: ServiceModel;
  close(): Promise<void>;
}

/**
 * Starts dynalite in memory, with the tables of the template. The model takes and gives the JSON of the wire: what
 * the SDK sent goes through untouched.
 */
export async function startDynamoDb(assembly: Assembly): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // Connections are kept while steps poll; Node's 5 s would close them under a request now and then.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const underWay = new Set<Promise<object>>();
  const call = (operation: string, input: object) => {
    const sent = send({ port, agent, operation, input }).finally(() => underWay.delete(sent));
    underWay.add(sent);
    return sent;
  };
  for (const definition of tablesOf(assembly)) {
    await call('CreateTable', definition);
    while (!(await isActive(call, definition.TableName))) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    url: `http://127.0.0.1:${port}`,
    model: Object.fromEntries(
      OPERATIONS.map((name): [string, Operation] => [name, (input) => call(name, byName(input))]),
    ),
    close: async () => {
      // What was asked before the door closed: dynalite throws, outside of any request, when it looks into a closed store.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface TableDefinition {
  readonly TableName: string;
}

/** The members that CreateTable and the template's resource have in common. */
function tablesOf(assembly: Assembly): TableDefinition[] {
  const tables = assembly.resources('AWS::DynamoDB::Table');
  return tables.map(({ physicalId, properties }) => ({
    TableName: physicalId,
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    // Capacity does not matter here.
    BillingMode: 'PAY_PER_REQUEST',
    ...indexes('GlobalSecondaryIndexes', properties),
    ...indexes('LocalSecondaryIndexes', properties),
  }));
}

interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

function indexes(kind: string, properties: Readonly<Record<string, readonly IndexDefinition[] | undefined>>) {
  const definitions = properties[kind];
  if (!definitions) return {};
  return { [kind]: definitions.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })) };
}

/** DynamoDB takes a table's ARN for its name; dynalite does not. */
function byName<T extends { TableName?: string }>(input: T): T {
  const name = input.TableName?.startsWith('arn:') ? input.TableName.split('table/')[1] : input.TableName;
  return { ...input, TableName: name };
}

async function isActive(
  call: (operation: string, input: object) => Promise<object>,
  TableName: string,
): Promise<boolean> {
  const { Table } = (await call('DescribeTable', { TableName })) as { Table: { TableStatus: string } };
  return Table.TableStatus === 'ACTIVE';
}

interface DynamoCall {
  readonly port: number;
  readonly agent: Agent;
  readonly operation: string;
  readonly input: object;
}

/** Posts to dynalite, which wants a signature to be there but does not check it. */
async function send({ port, agent, operation, input }: DynamoCall): Promise<object> {
  const body = JSON.stringify(input);
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'content-length': Buffer.byteLength(body),
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'x-amz-date': '20260101T000000Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 500, text: received }));
      },
    );
    outgoing.on('error', reject).end(body);
  });
  const answer = JSON.parse(text || '{}') as Record<string, unknown>;
  if (status < 300) return answer;
  const { __type = 'InternalFailure', message, Message, ...details } = answer;
  throw new AwsError(String(__type).split('#').at(-1)!, String(message ?? Message ?? ''), status, details);
}
