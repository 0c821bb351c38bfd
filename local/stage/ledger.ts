import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent, ReleaseRecord } from '../../lambda/aws/ledger';
import type { Turn } from '../../lambda/domain/turns';

/** Reads the ledger table, as an auditor would. */
export class Ledger {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    endpoint: string,
    private readonly table: string,
  ) {
    const credentials = { accessKeyId: 'auditor', secretAccessKey: 'local' };
    this.client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials }));
  }

  async record(release: string): Promise<ReleaseRecord | undefined> {
    return (await this.get(`release#${release}`, 'record')) as ReleaseRecord | undefined;
  }

  /** The events of a release in the order of their time. */
  async events(release: string): Promise<LedgerEvent[]> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :event)',
        ExpressionAttributeValues: { ':pk': `events#${release}`, ':event': 'event#' },
        ConsistentRead: true,
      }),
    );
    return ((Items ?? []) as LedgerEvent[]).sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  /** Who has the turn; undefined before anybody had it. */
  async turn(): Promise<Turn | undefined> {
    return (await this.get('environment', 'turn')) as Turn | undefined;
  }

  /** Why new releases are held, if they are. */
  async hold(): Promise<object | undefined> {
    return this.get('environment', 'hold');
  }

  close(): void {
    this.client.destroy();
  }

  private async get(pk: string, sk: string): Promise<object | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { pk, sk }, ConsistentRead: true }),
    );
    return Item;
  }
}
