import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { setting } from './settings';
import { table } from './table';

/** What somebody, or something on a schedule, did to the environment itself. */
export interface Act {
  /** Unique, and later acts sort after earlier ones. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly act: string;
  readonly by: string;
  readonly identity: string;
  readonly [detail: string]: unknown;
}

/** Acts after the one with this id, the oldest first. @param after @default - from the beginning */
export async function listActs(after: string | undefined, limit: number): Promise<Act[]> {
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName: setting('LEDGER_TABLE'),
      KeyConditionExpression: 'pk = :acts AND sk > :after',
      ExpressionAttributeValues: { ':acts': 'acts', ':after': after ?? 'act#' },
      Limit: limit,
    }),
  );
  return Items.map(({ pk: _pk, sk, ...act }) => ({ ...act, id: sk }) as Act);
}
