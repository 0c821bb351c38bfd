import type {
  DBInstance,
  DescribeDBInstancesCommandInput,
  ModifyDBInstanceCommandInput,
  RestoreDBInstanceFromDBSnapshotCommandInput,
  RestoreDBInstanceToPointInTimeCommandInput,
  Tag,
} from '@aws-sdk/client-rds';
import { AwsError, type ServiceModel } from '../cloud/model';
import { type Archive, flushLog, recoverTo } from './point-in-time';
import type { Relay } from './relay';
import type { DatabaseServer } from './server';

export interface InstancesOptions {
  /** The application's database, and what is kept of it. */
  readonly server: DatabaseServer;
  readonly archive: Archive;
  /** The address that goes with the application's name. */
  readonly relay: Relay;
  readonly id: string;
  readonly groups: { readonly security: string; readonly parameters: string; readonly subnets: string };
  /** Makes an empty folder for another server. */
  readonly newFolder: () => Promise<string>;
  readonly onProcess?: (pid: number, running: boolean) => void;
  /** When a snapshot was made. */
  readonly snapshotTime: (id: string) => Promise<Date>;
}

interface Instance {
  readonly resource: string;
  readonly made: Date;
  readonly tags: Tag[];
  name: string;
  status: string;
  server?: DatabaseServer;
  groups: string[];
}

/**
 * RDS instances that are real servers. Restoring replays the log of the application's first one up to the moment that was
 * asked for; a snapshot is restored as the moment at which it was made.
 */
export class Instances {
  private readonly all: Instance[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: InstancesOptions) {
    const { id, server, groups } = options;
    this.all.push(this.instance(id, 'available', [], [groups.security], server));
    options.relay.lead(server.port);
  }

  /** The server behind the application's name. */
  get main(): DatabaseServer | undefined {
    return this.find(this.options.id)?.server;
  }

  /** Ends the servers that were restored. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    const restored = this.all.flatMap(({ server }) => (server && server !== this.options.server ? [server] : []));
    await Promise.all(restored.map((server) => server.close()));
  }

  /** What the `rds` model has beside snapshots. */
  readonly model: ServiceModel = {
    DescribeDBInstances: async ({ DBInstanceIdentifier: id = '' }: DescribeDBInstancesCommandInput) => ({
      DBInstances: [this.describe(this.require(id))],
    }),

    RestoreDBInstanceToPointInTime: async (input: RestoreDBInstanceToPointInTimeCommandInput) => {
      this.require(input.SourceDBInstanceIdentifier ?? '');
      return this.restore(input.TargetDBInstanceIdentifier ?? '', new Date(input.RestoreTime ?? 0), input);
    },

    RestoreDBInstanceFromDBSnapshot: async (input: RestoreDBInstanceFromDBSnapshotCommandInput) => {
      const time = await this.options.snapshotTime(input.DBSnapshotIdentifier ?? '');
      return this.restore(input.DBInstanceIdentifier ?? '', time, input);
    },

    ModifyDBInstance: async (input: ModifyDBInstanceCommandInput) => {
      const instance = this.require(input.DBInstanceIdentifier ?? '');
      if (instance.status !== 'available') {
        throw new AwsError('InvalidDBInstanceState', `${instance.name} is ${instance.status}`);
      }
      const { NewDBInstanceIdentifier: to, VpcSecurityGroupIds: groups, MasterUserPassword: password } = input;
      if (to !== undefined && this.find(to)) throw new AwsError('DBInstanceAlreadyExists', `${to} exists already`);
      if (password !== undefined) await setPassword(instance.server as DatabaseServer, password);
      if (groups !== undefined) instance.groups = groups;
      if (to !== undefined) this.rename(instance, to);
      return { DBInstance: this.describe(instance) };
    },
  };

  private rename(instance: Instance, to: string): void {
    const { id, relay } = this.options;
    if (instance.name === id) relay.lead(undefined);
    instance.name = to;
    if (to === id) relay.lead(instance.server?.port);
  }

  private restore(name: string, time: Date, input: { VpcSecurityGroupIds?: string[]; Tags?: Tag[] }) {
    if (this.find(name)) throw new AwsError('DBInstanceAlreadyExists', `${name} exists already`);
    const made = this.instance(name, 'creating', input.Tags ?? [], input.VpcSecurityGroupIds ?? []);
    this.all.push(made);
    const recovering = this.recover(made, time).finally(() => this.running.delete(recovering));
    this.running.add(recovering);
    return { DBInstance: this.describe(made) };
  }

  private async recover(made: Instance, time: Date): Promise<void> {
    const { server, archive, newFolder, onProcess } = this.options;
    try {
      await flushLog(server, archive);
      made.server = await recoverTo({ from: archive, time, directory: await newFolder(), onProcess });
      made.status = 'available';
    } catch {
      // As RDS words it when the log does not lead to the moment.
      made.status = 'restore-error';
    }
  }

  private instance(name: string, status: string, tags: Tag[], groups: string[], server?: DatabaseServer): Instance {
    return { resource: `db-LOCAL${this.all.length + 1}`, made: new Date(), name, status, tags, groups, server };
  }

  private find(name: string): Instance | undefined {
    return this.all.find((each) => each.name === name);
  }

  private require(name: string): Instance {
    const found = this.find(name);
    if (found === undefined) throw new AwsError('DBInstanceNotFound', `DBInstance ${name} not found.`, 404);
    return found;
  }

  private describe({ resource, made, name, status, groups, tags, server }: Instance): DBInstance {
    const { id, relay, groups: known, server: first } = this.options;
    return {
      DBInstanceIdentifier: name,
      DbiResourceId: resource,
      DBInstanceStatus: status,
      DBInstanceClass: 'local',
      Engine: 'postgres',
      ...(server && { Endpoint: { Address: first.host, Port: name === id ? relay.port : server.port } }),
      VpcSecurityGroups: groups.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' })),
      DBParameterGroups: [{ DBParameterGroupName: known.parameters }],
      DBSubnetGroup: { DBSubnetGroupName: known.subnets },
      MultiAZ: false,
      DeletionProtection: true,
      BackupRetentionPeriod: 35,
      InstanceCreateTime: made,
      LatestRestorableTime: new Date(),
      TagList: tags,
    };
  }
}

async function setPassword(server: DatabaseServer, password: string): Promise<void> {
  await server.withClient('postgres', (client) =>
    client.query(`ALTER ROLE CURRENT_USER PASSWORD ${client.escapeLiteral(password)}`),
  );
}
