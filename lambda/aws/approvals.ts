import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Approval, close } from '../domain/approval';
import { ReleaseError } from '../domain/errors';
import { setting } from './settings';
import { conditionFailed, table } from './table';

const key = (release: string) => ({ pk: `release#${release}`, sk: 'approval' });

/** More people than that do not decide about one release at one moment. */
const MAX_ROUNDS = 20;

/**
 * Puts the question, or puts it again: a repeated attempt of the same release renews the token and keeps what was
 * decided meanwhile.
 */
export function openApproval(
  question: Omit<Approval, 'approvals' | 'decision' | 'closedAt' | 'revision'>,
): Promise<Approval> {
  return changeApproval(question.release, (known) => ({
    ...question,
    approvals: known?.approvals ?? [],
    ...(known?.decision && { decision: known.decision }),
    revision: known?.revision ?? 0,
  }));
}

/**
 * The time to decide is over. Of this and of somebody who decides in the same second, one write comes first: either
 * the decision counts, or whoever made it hears that it came too late.
 *
 * @returns the approval as it stands: with what was decided in time, if anything was; undefined when nobody was asked
 */
export async function closeApproval(release: string): Promise<Approval | undefined> {
  // Where the question was never put there is nothing to close.
  if ((await readApproval(release)) === undefined) return undefined;
  const at = new Date().toISOString();
  return changeApproval(release, (known) => close(known as Approval, at));
}

export async function readApproval(release: string): Promise<Approval | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: key(release), ConsistentRead: true }),
  );
  return Item as Approval | undefined;
}

/**
 * Changes an approval by compare-and-set. A change that gives back what it got writes nothing.
 *
 * @returns the approval as it stands afterwards
 */
export async function changeApproval(
  release: string,
  change: (known: Approval | undefined) => Approval,
): Promise<Approval> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const known = await readApproval(release);
    const changed = change(known);
    if (changed === known) return known;
    const after = { ...changed, revision: (known?.revision ?? 0) + 1 };
    try {
      await table.send(
        new PutCommand({
          TableName: setting('LEDGER_TABLE'),
          Item: { ...after, ...key(release) },
          ConditionExpression: 'attribute_not_exists(pk) OR revision = :revision',
          ExpressionAttributeValues: { ':revision': known?.revision ?? 0 },
        }),
      );
      return after;
    } catch (error) {
      if (!conditionFailed(error)) throw error;
    }
  }
  throw new ReleaseError('Transient', `the approval of ${release} was changed by others ${MAX_ROUNDS} times in a row`);
}
