import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Color } from '../domain/color';
import type { DriftReport } from '../domain/drift';
import type { RevertFloor } from '../domain/floor';
import type { OperatorFreeze } from '../domain/freeze';
import type { Maintenance } from '../domain/route';
import { setting } from './settings';
import { conditionFailed, table } from './table';

/** A version that was made live, with what is needed to run it again. */
export interface LiveVersion {
  readonly release: string;
  readonly version: string;
  readonly digest: string;
  readonly color: Color;
  readonly taskDefinition: string;
  /** When the release first went live, ISO 8601: a warm revert brings a release back, and is none. */
  readonly at: string;
  /** The route's epoch that made it live; @default - the environment has no route */
  readonly epoch?: number;
  /** The version that was live before, for a revert without standby. */
  readonly previous?: Omit<LiveVersion, 'previous'>;
}

/** New releases wait outside after a revert, until somebody resumes the environment. */
export interface Hold {
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  /** The release that the revert took the viewers from. */
  readonly from?: string;
}

/** Who set the maintenance state, to what, and why; absent while it is `off`. */
export interface MaintenanceOrder {
  readonly maintenance: Maintenance;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

/** How far the sweep has followed up a move of the route. */
interface Settled {
  /** The move, by `moved` of the route. */
  readonly moved: number;
  /** `false` from the first look at a move: whoever made it has until the next look to follow it up. */
  readonly done: boolean;
  /** ISO 8601. */
  readonly at: string;
}

interface Items {
  live: LiveVersion;
  hold: Hold;
  freeze: OperatorFreeze;
  floor: RevertFloor;
  drift: DriftReport;
  maintenance: MaintenanceOrder;
  settled: Settled;
}

const key = (sk: keyof Items) => ({ pk: 'environment', sk });

/** Reads one of the environment's own items, or null. */
export async function readState<K extends keyof Items>(name: K): Promise<Items[K] | null> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: key(name), ConsistentRead: true }),
  );
  return (Item as Items[K] | undefined) ?? null;
}

export async function writeState<K extends keyof Items>(name: K, value: Items[K]): Promise<void> {
  await table.send(new PutCommand({ TableName: setting('LEDGER_TABLE'), Item: { ...value, ...key(name) } }));
}

/** Records what is live, unless what is recorded came about by a later route: a slow writer does not undo a revert. */
export async function writeLive(value: LiveVersion & { readonly epoch: number }): Promise<void> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { ...value, ...key('live') },
        ConditionExpression: 'attribute_not_exists(pk) OR epoch <= :epoch',
        ExpressionAttributeValues: { ':epoch': value.epoch },
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

export async function clearState(name: keyof Items): Promise<void> {
  await table.send(new DeleteCommand({ TableName: setting('LEDGER_TABLE'), Key: key(name) }));
}
