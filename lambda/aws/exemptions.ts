import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { FreezeExemption } from '../domain/freeze';
import { setting } from './settings';
import { table } from './table';

const key = (version: string) => ({ pk: 'environment', sk: `exemption#${version}` });

export async function grantExemption(exemption: FreezeExemption): Promise<void> {
  await table.send(
    new PutCommand({ TableName: setting('LEDGER_TABLE'), Item: { ...exemption, ...key(exemption.version) } }),
  );
}

/** What an operator granted to a version, or null when nobody did or it is over. */
export async function findExemption(version: string, now: Date): Promise<FreezeExemption | null> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: key(version), ConsistentRead: true }),
  );
  const exemption = Item as FreezeExemption | undefined;
  return exemption !== undefined && now < new Date(exemption.until) ? exemption : null;
}
