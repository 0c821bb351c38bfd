import { ArnFormat } from 'aws-cdk-lib';
import { instanceNames } from '../../../lambda/domain/restore';
import {
  PERMISSIONS,
  allow,
  answerTokens,
  arn,
  describeExecutions,
  describeServices,
  type Grants,
  history,
  ledger,
  notify,
  type PermissionTargets,
  readRoute,
  readVersions,
  stopExecutions,
  targetHealth,
  updateServices,
  writeRoute,
} from './permissions';

type Name = 'main' | 'before' | 'restored';

const rds = (t: PermissionTargets, kind: string, name: string) =>
  arn(t, 'rds', kind, name, ArnFormat.COLON_RESOURCE_NAME);

/** The instance under the application's name, and those of restores beside it. */
const instances = (t: PermissionTargets, ...names: Name[]) =>
  names.map((name) => rds(t, 'db', instanceNames(t.functionPrefix, '*')[name]));

const describe =
  (...names: Name[]): Grants =>
  (t) => [allow(['rds:DescribeDBInstances'], instances(t, ...names))];

/** Nothing here deletes an instance or a snapshot: what is kept can only be deleted by somebody with rights of their own. */
const modify =
  (...names: Name[]): Grants =>
  (t) => [allow(['rds:ModifyDBInstance'], instances(t, ...names))];

/** Recovery points of AWS Backup, of this region and of the one that copies go to. */
const recoveryPoints = (t: PermissionTargets) =>
  `arn:${t.stack.partition}:rds:*:${t.stack.account}:snapshot:awsbackup:*`;
/** Snapshots before migrations, and copies of recovery points. */
const ownSnapshots = (t: PermissionTargets) => rds(t, 'snapshot', 'greenroom-*');

const describeSnapshots: Grants = (t) => [allow(['rds:DescribeDBSnapshots'], [ownSnapshots(t), recoveryPoints(t)])];

const restoreInstances: Grants = (t) => [
  allow(['rds:RestoreDBInstanceToPointInTime'], instances(t, 'main', 'before')),
  allow(
    ['rds:RestoreDBInstanceToPointInTime', 'rds:RestoreDBInstanceFromDBSnapshot'],
    [
      ...instances(t, 'restored'),
      // The groups of the instance, as CloudFormation named them, and RDS's own group of no options.
      rds(t, 'pg', `${t.databaseGroupPrefix}-*`),
      rds(t, 'subgrp', `${t.databaseGroupPrefix}-*`),
      rds(t, 'og', 'default:*'),
    ],
  ),
  allow(['rds:RestoreDBInstanceFromDBSnapshot'], [ownSnapshots(t), recoveryPoints(t)]),
  allow(['rds:AddTagsToResource'], instances(t, 'restored')),
  allow(['rds:CopyDBSnapshot'], [rds(t, 'snapshot', 'greenroom-copy-*'), recoveryPoints(t)]),
  // RDS opens encrypted storage with a grant that the caller may make. A copy of the other region is encrypted with a key
  // of there, whose id this region does not know.
  allow(['kms:CreateGrant', 'kms:DescribeKey'], [`arn:${t.stack.partition}:kms:*:${t.stack.account}:key/*`], {
    StringLike: { 'kms:ViaService': `rds.*.${t.stack.urlSuffix}` },
  }),
];

const administratorSecret: Grants = (t) => [allow(['secretsmanager:GetSecretValue'], [t.administratorSecretArn])];

/** What each handler of the restore state machine may do. */
const RESTORE_PERMISSIONS: Record<string, Grants[]> = {
  'open-restore': [
    ledger('GetItem', 'PutRecord', 'PutEvent'),
    history,
    describe('main', 'before'),
    describeSnapshots,
    readVersions,
  ],
  'plan-restore': [ledger('GetItem', 'PutEvent', 'Query'), history, describe('main', 'before'), describeSnapshots],
  'restore-instance': [
    ledger('GetItem', 'PutEvent'),
    describe('main', 'restored'),
    (t) => [allow(['rds:DescribeDBSnapshots'], [rds(t, 'snapshot', 'greenroom-copy-*')])],
    restoreInstances,
    modify('restored'),
    administratorSecret,
  ],
  'begin-maintenance': [ledger('GetItem', 'PutEvent', 'PutState'), describe('main'), writeRoute],
  'switch-database': [
    ledger('GetItem', 'PutEvent', 'UpdateState'),
    describe('main', 'before', 'restored'),
    modify('main', 'restored'),
  ],
  'roll-tasks': [ledger('GetItem', 'PutEvent'), readRoute, describeServices, updateServices, targetHealth],
  'complete-restore': [
    ledger('GetItem', 'PutEvent', 'PutState', 'UpdateItem', 'UpdateState', 'Query'),
    writeRoute,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'recover-restore': [
    ledger('GetItem', 'PutRecord', 'PutEvent', 'PutState', 'UpdateItem', 'UpdateState', 'Query'),
    history,
    writeRoute,
    describe('main', 'before', 'restored'),
    modify('main', 'before'),
    describeServices,
    updateServices,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
};

/** What each handler of the release stack may do. */
export const WORKFLOW_PERMISSIONS: Record<string, Grants[]> = { ...PERMISSIONS, ...RESTORE_PERMISSIONS };
