import {
  CopyDBSnapshotCommand,
  type DBInstance,
  type DBSnapshot,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceMessage,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { ReleaseError } from '../domain/errors';
import type { InstanceView, InstanceViews } from '../domain/instance-switch';
import type { InstanceNames, RestorePlan } from '../domain/restore';
import { RELEASE_TAG } from '../domain/tags';
import { setting } from './settings';
import { isTransient } from './step';

const client = new RDSClient({});

export async function describeInstance(id: string): Promise<DBInstance | null> {
  try {
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    return DBInstances?.[0] ?? null;
  } catch (error) {
    if (named(error, /DBInstanceNotFound/)) return null;
    throw error;
  }
}

export async function requireInstance(id: string): Promise<DBInstance> {
  const found = await describeInstance(id);
  if (found !== null) return found;
  throw new ReleaseError('RestoreFailed', noInstance(id));
}

/** What to do about an instance that is not there. */
export function noInstance(id: string): string {
  const mend =
    id === setting('DATABASE_INSTANCE_ID')
      ? 'if it was deleted, docs/disasters.md says how it is made anew ("A deleted instance")'
      : 'look at the instances of this region';
  return `there is no DB instance ${id}; ${mend}`;
}

/** A region that is lost answers nothing, and whoever asks has a minute in all. */
const ELSEWHERE_MS = 15_000;

/**
 * @param region where it lies. @default - this function's own
 * @throws ReleaseError Transient when another region does not answer
 */
export async function describeSnapshot(id: string, region?: string): Promise<DBSnapshot | null> {
  const there = region === undefined ? client : new RDSClient({ region });
  const patience = region === undefined ? {} : { abortSignal: AbortSignal.timeout(ELSEWHERE_MS) };
  try {
    const { DBSnapshots } = await there.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }), patience);
    return DBSnapshots?.[0] ?? null;
  } catch (error) {
    if (named(error, /DBSnapshotNotFound/)) return null;
    if (region !== undefined && named(error, /^AbortError$/)) {
      const message = `RDS in ${region} does not answer within ${ELSEWHERE_MS / 1_000} s`;
      throw new ReleaseError('Transient', message, { cause: error });
    }
    throw error;
  }
}

/**
 * Begins to copy a snapshot of another region here; one with this id that exists already is left as it is.
 *
 * @param restore what the copy is tagged with
 */
export async function copySnapshot(arn: string, id: string, kmsKey: string, restore: string): Promise<void> {
  try {
    await client.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: arn,
        TargetDBSnapshotIdentifier: id,
        KmsKeyId: kmsKey,
        Tags: [{ Key: RELEASE_TAG, Value: restore }],
      }),
    );
  } catch (error) {
    if (!named(error, /DBSnapshotAlreadyExists/)) throw refusal(`copy ${arn}`, error);
  }
}

/**
 * Begins to make the new instance: everything as the old one has it, as far as a restore can say it (the rest is
 * {@link completeInstance}). One that exists already is left as it is.
 */
export async function beginRestore({ names, snapshot, time, from }: RestorePlan, release: string): Promise<void> {
  const old = await requireInstance(names.main);
  const like = {
    DBInstanceClass: old.DBInstanceClass,
    Port: old.Endpoint?.Port,
    DBSubnetGroupName: old.DBSubnetGroup?.DBSubnetGroupName,
    DBParameterGroupName: old.DBParameterGroups?.[0]?.DBParameterGroupName,
    VpcSecurityGroupIds: groupsOf(old),
    MultiAZ: old.MultiAZ,
    PubliclyAccessible: false,
    DeletionProtection: old.DeletionProtection,
    AutoMinorVersionUpgrade: old.AutoMinorVersionUpgrade,
    CopyTagsToSnapshot: old.CopyTagsToSnapshot,
    StorageType: old.StorageType,
    EnableCloudwatchLogsExports: old.EnabledCloudwatchLogsExports,
    CACertificateIdentifier: old.CACertificateIdentifier,
    Tags: [
      ...(old.TagList ?? []).filter(({ Key }) => !Key?.startsWith('aws:') && Key !== RELEASE_TAG),
      { Key: RELEASE_TAG, Value: release },
    ],
  };
  try {
    await (snapshot === undefined
      ? client.send(
          new RestoreDBInstanceToPointInTimeCommand({
            ...like,
            SourceDBInstanceIdentifier: from ?? names.main,
            TargetDBInstanceIdentifier: names.restored,
            RestoreTime: new Date(time),
            MaxAllocatedStorage: old.MaxAllocatedStorage,
          }),
        )
      : client.send(
          new RestoreDBInstanceFromDBSnapshotCommand({
            ...like,
            DBSnapshotIdentifier: snapshot,
            DBInstanceIdentifier: names.restored,
          }),
        ));
  } catch (error) {
    if (!named(error, /DBInstanceAlreadyExists/)) throw refusal(`make ${names.restored}`, error);
  }
}

/** What people can do when RDS refuses to make something, by the name of its error. */
const MENDS: readonly (readonly [RegExp, string])[] = [
  [/InstanceQuotaExceeded/, 'delete instances that nobody needs, or raise the quota "DB instances"'],
  [/SnapshotQuotaExceeded/, 'delete manual snapshots, or raise their quota'],
  [/StorageQuotaExceeded/, 'raise the quota "Total storage for all DB instances"'],
  [/KMSKeyNotAccessible/, 'enable the key of the data, or cancel its deletion'],
  [/InsufficientDBInstanceCapacity/, 'this zone has no room for the class: try again, or choose another class'],
  [/PointInTimeRestoreNotEnabled|InvalidRestore/, 'ask for a moment that is within its window now'],
];

/** Throttling and outages stay what they are: the call is repeated. */
function refusal(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || isTransient(error)) return error;
  const mend = MENDS.find(([name]) => name.test(error.name))?.[1];
  return new ReleaseError(
    'RestoreFailed',
    `RDS does not ${what}: ${error.name}: ${error.message}${mend ? `; ${mend}` : ''}. The application's database was not touched`,
    { cause: error },
  );
}

/**
 * What a restore cannot say: the administrator gets the password that the secret has today, not that of the moment
 * restored to; statistics, backups, the limit of its growth and the hours of backup and maintenance are as before. RDS
 * would draw those hours by lot; they must not overlap, and backups fail during maintenance.
 *
 * @param password it must not reach a log or an error
 * @returns whether RDS took it; an instance that is busy is asked again
 */
export async function completeInstance({ names }: RestorePlan, password: string): Promise<boolean> {
  const old = await requireInstance(names.main);
  return modify(names.restored, {
    MasterUserPassword: password,
    BackupRetentionPeriod: old.BackupRetentionPeriod,
    MaxAllocatedStorage: old.MaxAllocatedStorage,
    PreferredMaintenanceWindow: old.PreferredMaintenanceWindow,
    PreferredBackupWindow: old.PreferredBackupWindow,
    ...(old.PerformanceInsightsEnabled && {
      EnablePerformanceInsights: true,
      PerformanceInsightsKMSKeyId: old.PerformanceInsightsKMSKeyId,
    }),
  });
}

/** Gives an instance another name; with `fence` nobody reaches it any more. */
export async function renameInstance(from: string, to: string, fence: boolean, groups?: readonly string[]) {
  await modify(from, {
    NewDBInstanceIdentifier: to,
    ...(fence && { VpcSecurityGroupIds: [setting('CLOSED_SECURITY_GROUP_ID')] }),
    ...(groups && { VpcSecurityGroupIds: [...groups] }),
  });
}

export async function setGroups(id: string, groups: readonly string[]): Promise<void> {
  await modify(id, { VpcSecurityGroupIds: [...groups] });
}

/** Who is called what. */
export async function viewInstances(names: InstanceNames): Promise<InstanceViews> {
  const view = async (id: string): Promise<InstanceView | null> => {
    const found = await describeInstance(id);
    if (found === null) return null;
    return {
      resource: found.DbiResourceId as string,
      status: found.DBInstanceStatus ?? 'unknown',
      fenced: groupsOf(found).includes(setting('CLOSED_SECURITY_GROUP_ID')),
    };
  };
  const [main, before, restored] = await Promise.all([names.main, names.before, names.restored].map(view));
  return { main: main ?? null, before: before ?? null, restored: restored ?? null };
}

export function groupsOf({ VpcSecurityGroups }: DBInstance): string[] {
  return (VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);
}

/** An instance that is busy takes no change: it is asked again at the next poll, which looks first. @returns whether it did */
async function modify(id: string, change: Partial<ModifyDBInstanceMessage>): Promise<boolean> {
  try {
    await client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, ApplyImmediately: true, ...change }));
    return true;
  } catch (error) {
    if (!named(error, /InvalidDBInstanceState|DBInstanceNotFound|DBInstanceAlreadyExists/)) throw error;
    console.log(`${id} takes no change at the moment: ${(error as Error).message}`);
    return false;
  }
}

function named(error: unknown, name: RegExp): boolean {
  return error instanceof Error && name.test(error.name);
}
