import { EVENT_SOURCE } from '../../../../lambda/domain/events';
import { allow, type Grant, slashArn } from './grant';

/**
 * What may be written in the ledger, by partition: records with their approvals, states of the environment, events, acts.
 * Events and acts have partitions of their own, which nothing may update or delete; they are put, on condition that they
 * are not there, by a function that has any of them to tell.
 */
const WRITES: Readonly<Record<string, { readonly action: string; readonly partition: string }>> = {
  PutRecord: { action: 'PutItem', partition: 'release#*' },
  PutEvent: { action: 'PutItem', partition: 'events#*' },
  PutAct: { action: 'PutItem', partition: 'acts' },
  PutState: { action: 'PutItem', partition: 'environment' },
  UpdateItem: { action: 'UpdateItem', partition: 'release#*' },
  UpdateState: { action: 'UpdateItem', partition: 'environment' },
  DeleteItem: { action: 'DeleteItem', partition: 'environment' },
};

/** Reads by DynamoDB's names, writes by those above. */
export const ledger =
  (...operations: string[]): Grant =>
  (t) => {
    const reads = operations.filter((operation) => !(operation in WRITES)).map((operation) => `dynamodb:${operation}`);
    const writes = operations.flatMap((operation) => WRITES[operation] ?? []);
    return [
      ...(reads.length === 0 ? [] : [allow(reads, [t.ledgerTableArn])]),
      ...writes.map(({ action, partition }) =>
        allow([`dynamodb:${action}`], [t.ledgerTableArn], {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partition] },
        }),
      ),
    ];
  };

/** All releases of the environment, newest first. */
export const history: Grant = (t) => [allow(['dynamodb:Query'], [`${t.ledgerTableArn}/index/history`])];

/** Lambda itself reads the stream, with the function's role. */
export const readLedgerStream: Grant = (t) => [
  allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], [t.ledgerStreamArn]),
  allow(['dynamodb:ListStreams'], ['*']),
];

export const putEvents: Grant = (t) => [
  allow(['events:PutEvents'], [slashArn(t, 'events', 'event-bus', 'default')], {
    StringEquals: { 'events:source': EVENT_SOURCE },
  }),
];

export const notify: Grant = (t) => [allow(['sns:Publish'], [t.topicArn])];
