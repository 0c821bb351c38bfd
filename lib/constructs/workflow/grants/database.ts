import { instanceNames } from '../../../../lambda/domain/restore';
import { RELEASE_TAG } from '../../../../lambda/domain/tags';
import { allow, colonArn, type Grant, type GrantTargets } from './grant';

const readSecret =
  (secretArn: (t: GrantTargets) => string): Grant =>
  (t) => [allow(['secretsmanager:GetSecretValue'], [secretArn(t)])];

export const migratorSecret = readSecret((t) => t.migratorSecretArn);
export const verifierSecret = readSecret((t) => t.verifierSecretArn);
export const administratorSecret = readSecret((t) => t.administratorSecretArn);

const rds = (t: GrantTargets, kind: string, name: string) => colonArn(t, 'rds', kind, name);

/** Snapshots before migrations, and copies of recovery points. */
const ownSnapshots = (t: GrantTargets) => rds(t, 'snapshot', 'greenroom-*');
const copiedSnapshots = (t: GrantTargets) => rds(t, 'snapshot', 'greenroom-copy-*');
/** Recovery points of AWS Backup, of this region and of the one that copies go to. */
const recoveryPoints = (t: GrantTargets) => `arn:${t.stack.partition}:rds:*:${t.stack.account}:snapshot:awsbackup:*`;

export const createSnapshots: Grant = (t) => [
  allow(['rds:CreateDBSnapshot'], [rds(t, 'db', t.databaseInstanceId), ownSnapshots(t)]),
  allow(['rds:AddTagsToResource'], [ownSnapshots(t)]),
];
export const describeOwnSnapshots: Grant = (t) => [allow(['rds:DescribeDBSnapshots'], [ownSnapshots(t)])];
export const describeCopiedSnapshots: Grant = (t) => [allow(['rds:DescribeDBSnapshots'], [copiedSnapshots(t)])];
export const describeSnapshots: Grant = (t) => [
  allow(['rds:DescribeDBSnapshots'], [ownSnapshots(t), recoveryPoints(t)]),
];

export const deleteReleaseSnapshots: Grant = (t) => [
  allow(['rds:DescribeDBSnapshots'], [rds(t, 'db', t.databaseInstanceId)]),
  allow(['rds:DescribeAccountAttributes'], ['*']),
  // What a release or a restore has made, and nothing else: its name and its tag are asked for by the function, too.
  allow(['rds:DeleteDBSnapshot'], [ownSnapshots(t)], { StringLike: { [`aws:ResourceTag/${RELEASE_TAG}`]: '?*' } }),
];

/** What a copy that a restore made is a copy of is looked at before the copy goes. */
export const describeRecoveryPoints: Grant = (t) => [allow(['rds:DescribeDBSnapshots'], [recoveryPoints(t)])];

export const backupVaults: Grant = (t) => [
  allow(
    ['backup:DescribeBackupVault', 'backup:ListRecoveryPointsByBackupVault'],
    ['daily', 'monthly'].map((rule) => colonArn(t, 'backup', 'backup-vault', `${t.functionPrefix}-${rule}`)),
  ),
];
/** AWS Backup has no resource-level permission for jobs. */
export const copyJobs: Grant = () => [allow(['backup:ListCopyJobs'], ['*'])];
export const restoreJobs: Grant = () => [
  allow(['backup:DescribeRestoreJob', 'backup:PutRestoreValidationResult'], ['*']),
];

export const describeDatabase: Grant = (t) => [
  allow(['rds:DescribeDBInstances'], [rds(t, 'db', t.databaseInstanceId)]),
];
/** As AWS Backup names what it restores for a test. */
export const describeRestoreTests: Grant = (t) => [
  allow(['rds:DescribeDBInstances'], [rds(t, 'db', 'awsbackup-restore-test-*')]),
];

type Name = 'main' | 'before' | 'restored';

/** The instance under the application's name, and those of restores beside it. */
const instances = (t: GrantTargets, ...names: Name[]) =>
  names.map((name) => rds(t, 'db', instanceNames(t.functionPrefix, '*')[name]));

export const describeInstances =
  (...names: Name[]): Grant =>
  (t) => [allow(['rds:DescribeDBInstances'], instances(t, ...names))];

/** Nothing here deletes an instance: what is kept can only be deleted by somebody with rights of their own. */
export const modifyInstances =
  (...names: Name[]): Grant =>
  (t) => [allow(['rds:ModifyDBInstance'], instances(t, ...names))];

export const restoreInstances: Grant = (t) => [
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
  allow(['rds:AddTagsToResource'], [...instances(t, 'restored'), copiedSnapshots(t)]),
  allow(['rds:CopyDBSnapshot'], [copiedSnapshots(t), recoveryPoints(t)]),
  // RDS opens encrypted storage with a grant that the caller may make. A copy of the other region is encrypted with a key
  // of there, whose id this region does not know.
  allow(['kms:CreateGrant', 'kms:DescribeKey'], [`arn:${t.stack.partition}:kms:*:${t.stack.account}:key/*`], {
    StringLike: { 'kms:ViaService': `rds.*.${t.stack.urlSuffix}` },
  }),
];
