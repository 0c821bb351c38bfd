import { CreateDBSnapshotCommand, DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { setting } from './settings';

const client = new RDSClient({});

/** Starts a snapshot of the environment's database; one with this id that exists already is left as it is. */
export async function createSnapshot(id: string, release: string): Promise<void> {
  try {
    await client.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: setting('DATABASE_INSTANCE_ID'),
        DBSnapshotIdentifier: id,
        Tags: [{ Key: 'greenroom:release', Value: release }],
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || !/DBSnapshotAlreadyExists/.test(error.name)) throw error;
  }
}

/** Status of a snapshot as RDS words it: `creating`, `available`, `failed`, … */
export async function snapshotStatus(id: string): Promise<string> {
  const { DBSnapshots } = await client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
  return DBSnapshots?.[0]?.Status ?? 'missing';
}
