import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assembly } from '../assembly';
import type { OpenedDatabase } from './open';
import { Instances } from './instances';
import { type Archive, archiveIn, archiving, takeBaseBackup } from './point-in-time';
import { Relay } from './relay';
import { DatabaseServer, type DatabaseServerOptions } from './server';

/** A database that can be brought back to any moment since it was opened. */
export interface RecoverableServer {
  readonly server: DatabaseServer;
  readonly archive: Archive;
  /** The address that the application gets. */
  readonly relay: Relay;
  close(): Promise<void>;
}

/** Starts a server that keeps its log, behind an address that can lead to another one. */
export async function startRecoverable(options: DatabaseServerOptions): Promise<RecoverableServer> {
  const archive = archiveIn(join(options.directory, 'archive'));
  const server = await DatabaseServer.start({ ...options, settings: archiving(archive) });
  await server.writableFolder('archive', 'wal');
  const relay = await Relay.open(server.host);
  relay.lead(server.port);
  return { server, archive, relay, close: () => relay.close().then(() => server.close()) };
}

/** Takes the base backup and puts RDS's operations on instances over it. */
export async function openInstances(
  { server, archive, relay }: RecoverableServer,
  database: OpenedDatabase,
  assembly: Assembly,
  options: Pick<DatabaseServerOptions, 'directory' | 'onProcess'>,
): Promise<Instances> {
  await takeBaseBackup(server, archive);
  let count = 0;
  return new Instances({
    server,
    archive,
    relay,
    id: assembly.find('AWS::RDS::DBInstance').physicalId,
    groups: {
      security: 'sg-database',
      parameters: assembly.find('AWS::RDS::DBParameterGroup').physicalId,
      subnets: assembly.find('AWS::RDS::DBSubnetGroup').physicalId,
    },
    newFolder: async () => {
      const folder = join(options.directory, `restored-${++count}`);
      await mkdir(folder);
      return folder;
    },
    onProcess: options.onProcess,
    snapshotTime: async (id) => {
      const answer = await database.snapshots.model.DescribeDBSnapshots?.(
        { DBSnapshotIdentifier: id },
        undefined as never,
      );
      const { DBSnapshots } = answer as { DBSnapshots: { SnapshotCreateTime: Date }[] };
      return DBSnapshots[0]?.SnapshotCreateTime as Date;
    },
  });
}
