import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent } from './ledger';
import { setting } from './settings';
import { table } from './table';

/** Everything that the ledger says happened in a release, in the order in which it happened. */
export async function listEvents(release: string): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await table.send(
      new QueryCommand({
        TableName: setting('LEDGER_TABLE'),
        KeyConditionExpression: 'pk = :release AND begins_with(sk, :event)',
        ExpressionAttributeValues: { ':release': `events#${release}`, ':event': 'event#' },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const { pk: _pk, sk: _sk, ...event } of page.Items ?? []) events.push(event as LedgerEvent);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return events.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}
