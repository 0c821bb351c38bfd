import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { type Outcome, ReleaseError } from '../domain/errors';
import type { Actor } from '../domain/people';
import type { OpenedRelease } from '../domain/release';
import type { ReleaseTimes } from '../domain/times';
import { setting } from './settings';
import { conditionFailed, table } from './table';

/** A release's record: who asked for what, and how it ended. */
export interface ReleaseRecord extends OpenedRelease {
  readonly execution: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent while the release goes on. */
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly endedAt?: string;
  readonly notifiedAt?: string;
  /** Written when people are told of the end. */
  readonly times?: ReleaseTimes;
  /** Set by a revert or a cancel before it stops the execution: how recovery has to call the end. */
  readonly stop?: { readonly outcome: Outcome; readonly reason: string; /** ISO 8601. */ readonly at?: string };
}

/** One thing that happened in a release. */
export interface LedgerEvent {
  readonly at: string;
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** Name of the index that lists releases by start. */
const HISTORY_INDEX = 'history';

const key = (release: string, sk: string) => ({ pk: `release#${release}`, sk });

/**
 * Writes the record of a release that begins; a second call for the same execution changes nothing.
 *
 * @throws ReleaseError InvalidRelease when another execution, of whichever state machine, has had the name
 */
export async function openRecord(record: ReleaseRecord): Promise<void> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { ...key(record.id, 'record'), ...record, list: 'release' },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const known = await readRecord(record.id);
    // A warm revert has no execution; whatever stands under its name is told apart by the sweep.
    if (record.execution === '' || known?.execution === record.execution) return;
    throw new ReleaseError(
      'InvalidRelease',
      `${record.id} was the name of another execution (${known?.execution || 'a revert'}); choose another name`,
    );
  }
}

export async function readRecord(release: string): Promise<ReleaseRecord | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: key(release, 'record'), ConsistentRead: true }),
  );
  return Item as ReleaseRecord | undefined;
}

/** The newest releases first. */
export async function listRecords(limit: number): Promise<ReleaseRecord[]> {
  const { Items } = await table.send(
    new QueryCommand({
      TableName: setting('LEDGER_TABLE'),
      IndexName: HISTORY_INDEX,
      KeyConditionExpression: '#list = :release',
      ExpressionAttributeNames: { '#list': 'list' },
      ExpressionAttributeValues: { ':release': 'release' },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return (Items ?? []) as ReleaseRecord[];
}

/** Releases since a moment that have not come to their end with everything that belongs to it. */
export async function listUnfinished(since: Date): Promise<ReleaseRecord[]> {
  const found: ReleaseRecord[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await table.send(
      new QueryCommand({
        TableName: setting('LEDGER_TABLE'),
        IndexName: HISTORY_INDEX,
        KeyConditionExpression: '#list = :release AND startedAt > :since',
        // People are told last of all.
        FilterExpression: 'attribute_not_exists(notifiedAt)',
        ExpressionAttributeNames: { '#list': 'list' },
        ExpressionAttributeValues: { ':release': 'release', ':since': since.toISOString() },
        ExclusiveStartKey,
      }),
    );
    found.push(...((page.Items ?? []) as ReleaseRecord[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

/**
 * Records the end of a release, once: when it has ended already, the first end stays. A release that somebody wants to
 * end otherwise ({@link markStop}) is never recorded as released: the two are decided by one conditional write each.
 *
 * @returns the record as it stands afterwards; without an outcome when it is to end otherwise.
 */
export async function endRecord(release: string, outcome: Outcome, reason: string): Promise<ReleaseRecord> {
  const unlessStopped = outcome === 'released' ? ' AND attribute_not_exists(#stop)' : '';
  try {
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName: setting('LEDGER_TABLE'),
        Key: key(release, 'record'),
        UpdateExpression: 'SET outcome = :outcome, reason = :reason, endedAt = :now',
        ConditionExpression: `attribute_exists(pk) AND attribute_not_exists(outcome)${unlessStopped}`,
        ...(unlessStopped && { ExpressionAttributeNames: { '#stop': 'stop' } }),
        ExpressionAttributeValues: { ':outcome': outcome, ':reason': reason, ':now': new Date().toISOString() },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes as ReleaseRecord;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const record = await readRecord(release);
    if (record === undefined) throw new Error(`the release ${release} has no record in the ledger`, { cause: error });
    return record;
  }
}

/**
 * Says, before its execution is stopped or its traces are taken back, how a release has to end. The first stop stays.
 *
 * @param execution the only one whose release it may be. @default - whichever has this name
 * @returns the record as it stands afterwards, undefined when the ledger does not know the release.
 */
export async function markStop(
  release: string,
  outcome: Outcome,
  reason: string,
  execution?: string,
): Promise<ReleaseRecord | undefined> {
  const own = execution === undefined ? '' : ' AND #execution = :execution';
  try {
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName: setting('LEDGER_TABLE'),
        Key: key(release, 'record'),
        UpdateExpression: 'SET #stop = :stop',
        ConditionExpression: `attribute_exists(pk) AND attribute_not_exists(#stop) AND attribute_not_exists(outcome)${own}`,
        ExpressionAttributeNames: { '#stop': 'stop', ...(own && { '#execution': 'execution' }) },
        ExpressionAttributeValues: {
          ':stop': { outcome, reason, at: new Date().toISOString() },
          ...(own && { ':execution': execution }),
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes as ReleaseRecord;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    return readRecord(release);
  }
}

/** Remembers that people were told of the end, and how long it took. */
export async function markNotified(release: string, times: ReleaseTimes | undefined): Promise<void> {
  await table.send(
    new UpdateCommand({
      TableName: setting('LEDGER_TABLE'),
      Key: key(release, 'record'),
      UpdateExpression: `SET notifiedAt = :now${times === undefined ? '' : ', times = :times'}`,
      ExpressionAttributeValues: { ':now': new Date().toISOString(), ...(times && { ':times': times }) },
    }),
  );
}

/**
 * Adds an event to a release. The same event with the same id is written once, whoever repeats it.
 *
 * @param id what makes the event unique in its release, for example the step's name and an attempt.
 */
export async function addEvent(release: string, id: string, detail: Record<string, unknown> = {}): Promise<void> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { pk: `events#${release}`, sk: `event#${id}`, at: new Date().toISOString(), event: id, ...detail },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/** Records what somebody did to the environment itself, for example a freeze. */
export async function recordAct(act: string, by: Actor, detail: Record<string, unknown> = {}): Promise<void> {
  const at = new Date().toISOString();
  await table.send(
    new PutCommand({
      TableName: setting('LEDGER_TABLE'),
      Item: {
        pk: 'acts',
        sk: `act#${at}#${act}#${randomUUID()}`,
        at,
        act,
        by: by.name,
        identity: by.source,
        ...detail,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
}

/**
 * Records what something that runs by itself found out about the environment. Evidence with the same id and time is
 * written once, whoever repeats it.
 *
 * @param at ISO 8601; when it happened, not when it is written
 */
export async function recordEvidence(
  act: string,
  id: string,
  at: string,
  detail: Record<string, unknown>,
): Promise<void> {
  try {
    await table.send(
      new PutCommand({
        TableName: setting('LEDGER_TABLE'),
        Item: { pk: 'acts', sk: `act#${at}#${act}#${id}`, at, act, by: 'greenroom', identity: 'schedule', ...detail },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/** When evidence of this kind was last found to be good; undefined when it never was. */
export async function newestEvidence(act: string): Promise<Date | undefined> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await table.send(
      new QueryCommand({
        TableName: setting('LEDGER_TABLE'),
        KeyConditionExpression: 'pk = :acts AND begins_with(sk, :act)',
        FilterExpression: 'act = :wanted AND sound = :true',
        ExpressionAttributeValues: { ':acts': 'acts', ':act': 'act#', ':wanted': act, ':true': true },
        ScanIndexForward: false,
        ExclusiveStartKey,
      }),
    );
    const found = page.Items?.[0] as { at: string } | undefined;
    if (found !== undefined) return new Date(found.at);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return undefined;
}
