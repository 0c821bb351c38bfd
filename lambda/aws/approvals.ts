import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { setting } from './settings';
import { conditionFailed, table } from './table';

/** What has to be decided, and how it was. The token never leaves the table. */
export interface Approval {
  readonly release: string;
  readonly token: string;
  readonly digest: string;
  readonly requester: string;
  /** Epoch of the route that the smoke test saw: approving another one would approve something else. */
  readonly epoch: number;
  readonly smokeChecks: number;
}

export interface Decision {
  readonly decision: 'approve' | 'reject';
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
}

const key = (release: string) => ({ pk: `release#${release}`, sk: 'approval' });

/**
 * Opens an approval; a repeated attempt of the same release only renews the token, never a decision.
 *
 * @returns the decision that was made meanwhile, while the question was being put again.
 */
export async function openApproval(approval: Approval): Promise<Decision | undefined> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { ...key(approval.release), ...approval },
        ConditionExpression: 'attribute_not_exists(decision)',
      }),
    );
    return undefined;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    return (await readApproval(approval.release)) as Decision;
  }
}

export async function readApproval(release: string): Promise<(Approval & Partial<Decision>) | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: key(release), ConsistentRead: true }),
  );
  return Item as (Approval & Partial<Decision>) | undefined;
}

/** Records a decision, once. @returns false when somebody decided before. */
export async function recordDecision(release: string, decision: Decision): Promise<boolean> {
  try {
    await table.send(
      new UpdateCommand({
        TableName: setting('LEDGER_TABLE'),
        Key: key(release),
        UpdateExpression: 'SET decision = :decision, #by = :by, #at = :at, reason = :reason',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(decision)',
        ExpressionAttributeNames: { '#by': 'by', '#at': 'at' },
        ExpressionAttributeValues: {
          ':decision': decision.decision,
          ':by': decision.by,
          ':at': decision.at,
          ':reason': decision.reason ?? '',
        },
      }),
    );
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}
