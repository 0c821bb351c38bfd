import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ReleaseError } from '../domain/errors';
import type { SwitchedPair } from '../domain/instance-switch';
import type { InstanceNames } from '../domain/restore';
import type { Maintenance } from '../domain/route';
import { setting } from './settings';
import { conditionFailed, table } from './table';

/**
 * How far a switch has come. It begins before the first thing that viewers notice. From `serving` on the new database
 * takes writes, so that there is no way back; from `returning` on there is no way forward. Which of the two it becomes
 * is decided by one conditional write; `served` and `returned` are their ends.
 */
export type SwitchPhase = 'switching' | 'serving' | 'served' | 'returning' | 'returned';

/** The switch of an environment's database, one at a time. */
export interface RestoreMark {
  readonly release: string;
  readonly phase: SwitchPhase;
  readonly names: InstanceNames;
  readonly pair: SwitchedPair;
  /** Security groups of the old instance, to open it again. */
  readonly groups: readonly string[];
  /** What people had set before; null in an environment without a route. */
  readonly maintenance: Maintenance | null;
  /** Whether an instance may have been renamed: then connections broke. */
  readonly renamed: boolean;
  /** How often the old database's users could not be given what their secrets say, and why. @default - never */
  readonly unmended?: { readonly attempts: number; readonly why: string };
}

const KEY = { pk: 'environment', sk: 'restore' };

export async function readMark(): Promise<RestoreMark | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: KEY, ConsistentRead: true }),
  );
  return Item as RestoreMark | undefined;
}

/** Another restore's switch has to be over. @throws ReleaseError RestoreFailed naming it */
export async function requireNoSwitch(release: string): Promise<void> {
  const mark = await readMark();
  if (mark !== undefined && mark.release !== release && !isOver(mark)) throw underWay(mark);
}

/**
 * Begins a switch; asked again by the same restore it changes nothing.
 *
 * @returns the mark as it stands
 * @throws ReleaseError RestoreFailed while another restore's switch goes on
 */
export async function beginSwitch(mark: Omit<RestoreMark, 'phase' | 'renamed'>): Promise<RestoreMark> {
  const found = await putMark({ ...mark, phase: 'switching', renamed: false });
  if (found.release !== mark.release) throw underWay(found);
  return found;
}

/**
 * A restore that ends without having begun its switch leaves word of it: a step of it that outlives its execution finds
 * the switch over. @returns the mark as it stands; its members beyond release and phase only when it is another one
 */
export function closeSwitch(release: string): Promise<Pick<RestoreMark, 'release' | 'phase'>> {
  return putMark({ release, phase: 'returned' });
}

const isOver = ({ phase }: Pick<RestoreMark, 'phase'>) => phase === 'served' || phase === 'returned';

async function putMark<Mark extends Pick<RestoreMark, 'release' | 'phase'>>(mark: Mark): Promise<Mark> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { ...mark, ...KEY },
        ConditionExpression:
          'attribute_not_exists(pk) OR phase = :served AND #release <> :release OR phase = :returned AND #release <> :release',
        ExpressionAttributeNames: { '#release': 'release' },
        ExpressionAttributeValues: { ':served': 'served', ':returned': 'returned', ':release': mark.release },
      }),
    );
    return mark;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    return (await readMark()) as unknown as Mark;
  }
}

/** Moves a restore's mark on, if it stands in `from`. @returns the mark as it stands afterwards */
export async function movePhase(release: string, from: SwitchPhase, to: SwitchPhase): Promise<RestoreMark | undefined> {
  return update(release, from, 'SET phase = :to', { ':to': to });
}

/** Says that instances are about to be renamed. */
export async function markRenamed(release: string): Promise<RestoreMark | undefined> {
  return update(release, 'switching', 'SET renamed = :true', { ':true': true });
}

/** Leaves word that the users of the old database, which was given back, could not be mended. */
export async function markUnmended(release: string, unmended: NonNullable<RestoreMark['unmended']>): Promise<void> {
  await update(release, 'returning', 'SET unmended = :unmended', { ':unmended': unmended });
}

/** A late step of a restore that is being taken back does nothing. @throws ReleaseError RevertedMeanwhile */
export async function requirePhase(release: string, phase: SwitchPhase): Promise<RestoreMark> {
  const mark = await readMark();
  if (mark?.release === release && mark.phase === phase) return mark;
  throw new ReleaseError(
    'RevertedMeanwhile',
    `${release} is not ${phase} any more: ${mark?.release ?? 'nobody'} is ${mark?.phase ?? 'at work'}`,
  );
}

async function update(release: string, from: SwitchPhase, change: string, values: Record<string, unknown>) {
  try {
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName: setting('LEDGER_TABLE'),
        Key: KEY,
        UpdateExpression: change,
        ConditionExpression: '#release = :release AND phase = :from',
        ExpressionAttributeNames: { '#release': 'release' },
        ExpressionAttributeValues: { ':release': release, ':from': from, ...values },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes as RestoreMark;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    return readMark();
  }
}

function underWay({ release, phase }: RestoreMark): ReleaseError {
  return new ReleaseError(
    'RestoreFailed',
    `${release} is switching the database (${phase}); wait until its recovery has come to its end`,
  );
}
