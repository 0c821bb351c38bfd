import { AwsError } from '../../../local/cloud/model';

/** An RDS instance: made, renamed and changed in the time that it takes. */
export interface FakeInstance {
  readonly resource: string;
  name: string;
  status: string;
  groups: string[];
  /** Passwords of its users, by name. */
  users: Record<string, string>;
  /** Whether validation finds it as its changelog says. */
  sound: boolean;
  readonly snapshot?: string;
  readonly multiAz: boolean;
  /** When it was made: its history begins there. */
  readonly since: number;
  /** Whose history it began with, when it was restored to a moment. */
  readonly source?: string;
  maintenanceWindow: string;
  deletionProtection: boolean;
  /** Whether its first backup is there; RDS makes it minutes after the instance. */
  backedUp: boolean;
  readonly tags: { Key: string; Value: string }[];
}

interface Change {
  readonly at: number;
  readonly apply: () => void;
}

export const CLOSED_GROUP = 'sg-closed';
export const OPEN_GROUP = 'sg-database';
const ADMINISTRATOR = 'greenroom_admin';
const MINUTE = 60_000;

/** RDS, as far as restores use it. Whatever is asked of it takes minutes, and an instance that is busy takes nothing. */
export class FakeInstances {
  readonly all: FakeInstance[] = [];
  /** What the next restored instance is like. */
  restored: Partial<FakeInstance> = {};
  private changes: Change[] = [];
  private made = 0;

  constructor(private readonly now: () => number) {}

  /** The instance of the application, before anything was restored. */
  open(name: string, users: Record<string, string>): FakeInstance {
    const maintenanceWindow = 'sun:08:00-sun:09:00';
    return this.add(name, {
      status: 'available',
      users,
      since: 0,
      deletionProtection: true,
      maintenanceWindow,
    });
  }

  find(name: string): FakeInstance | undefined {
    this.settle();
    return this.all.find((each) => each.name === name);
  }

  /** The instance that an address leads to, when somebody answers there. */
  at(host: string): FakeInstance | undefined {
    const found = this.find(host.replace(/\.rds\.test$/, ''));
    return found?.status === 'available' && !found.groups.includes(CLOSED_GROUP) ? found : undefined;
  }

  /* oxlint-disable typescript/no-explicit-any -- each operation has its own input */
  readonly operations: Record<string, (input: any) => Promise<object>> = {
    DescribeDBInstances: async ({ DBInstanceIdentifier }: any) => {
      const found = this.find(DBInstanceIdentifier);
      if (found === undefined)
        throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${DBInstanceIdentifier} not found.`);
      return { DBInstances: [this.describe(found)] };
    },
    RestoreDBInstanceToPointInTime: async (input: any) => {
      const source = this.idle(input.SourceDBInstanceIdentifier).resource;
      return this.restore(input.TargetDBInstanceIdentifier, input, { source });
    },
    RestoreDBInstanceFromDBSnapshot: async (input: any) =>
      this.restore(input.DBInstanceIdentifier, input, { snapshot: input.DBSnapshotIdentifier }),
    ModifyDBInstance: async (input: any) => {
      const instance = this.idle(input.DBInstanceIdentifier);
      const to = input.NewDBInstanceIdentifier as string | undefined;
      if (to !== undefined && this.find(to) !== undefined) throw new AwsError('DBInstanceAlreadyExistsFault', to);
      instance.deletionProtection = input.DeletionProtection ?? instance.deletionProtection;
      if (input.PreferredMaintenanceWindow) instance.maintenanceWindow = input.PreferredMaintenanceWindow;
      if (input.VpcSecurityGroupIds) instance.groups = input.VpcSecurityGroupIds;
      if (input.MasterUserPassword !== undefined) {
        this.then(
          instance,
          'resetting-master-credentials',
          MINUTE,
          () => (instance.users[ADMINISTRATOR] = input.MasterUserPassword),
        );
      }
      if (to !== undefined) this.rename(instance, to);
      return { DBInstance: this.describe(instance) };
    },
  };
  /* oxlint-enable typescript/no-explicit-any */

  private restore(
    name: string,
    input: { VpcSecurityGroupIds: string[]; DeletionProtection: boolean } & Record<string, never>,
    from: Pick<FakeInstance, 'source' | 'snapshot'>,
  ) {
    if (this.find(name) !== undefined) throw new AwsError('DBInstanceAlreadyExistsFault', name);
    const { VpcSecurityGroupIds: groups, MultiAZ: multiAz, Tags: tags, DeletionProtection: deletionProtection } = input;
    const made = this.add(name, { groups, multiAz, tags, deletionProtection, ...from, ...this.restored });
    this.then(made, 'creating', 10 * MINUTE, () => undefined);
    return { DBInstance: this.describe(made) };
  }

  /** Its old name is gone before the new one is there. */
  private rename(instance: FakeInstance, to: string): void {
    instance.status = 'renaming';
    const later = (minutes: number, apply: () => void) =>
      this.changes.push({ at: this.now() + minutes * MINUTE, apply });
    later(1, () => (instance.name = ''));
    later(1.6, () => Object.assign(instance, { name: to, status: 'rebooting' }));
    later(2.2, () => (instance.status = 'available'));
  }

  private then(instance: FakeInstance, status: string, ms: number, apply: () => void): void {
    instance.status = status;
    const done = () => {
      apply();
      if (instance.status === status) instance.status = 'available';
    };
    this.changes.push({ at: this.now() + ms, apply: done });
  }

  private idle(name: string): FakeInstance {
    const found = this.find(name);
    if (found === undefined) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${name} not found.`);
    if (found.status !== 'available') throw new AwsError('InvalidDBInstanceStateFault', `${name} is ${found.status}`);
    return found;
  }

  private add(name: string, more: Partial<FakeInstance>): FakeInstance {
    const made: FakeInstance = {
      resource: `db-${++this.made}`,
      name,
      status: 'creating',
      groups: [OPEN_GROUP],
      users: { [ADMINISTRATOR]: 'of then' },
      sound: true,
      multiAz: true,
      since: this.now(),
      // RDS draws one by lot.
      maintenanceWindow: 'tue:03:11-tue:03:41',
      deletionProtection: false,
      backedUp: true,
      tags: [],
      ...more,
    };
    this.all.push(made);
    return made;
  }

  private settle(): void {
    const due = this.changes.filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    this.changes = this.changes.filter((change) => !due.includes(change));
    for (const { apply } of due) apply();
  }

  private describe(instance: FakeInstance): object {
    const { resource, name, status, groups, multiAz, tags, since, maintenanceWindow } = instance;
    return {
      DBInstanceIdentifier: name,
      DbiResourceId: resource,
      DBInstanceStatus: status,
      DBInstanceClass: 'db.t4g.medium',
      Endpoint: { Address: `${name}.rds.test`, Port: 5432 },
      VpcSecurityGroups: groups.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' })),
      DBSubnetGroup: { DBSubnetGroupName: 'notes-production-database-subnets-1' },
      DBParameterGroups: [{ DBParameterGroupName: 'notes-production-database-parameters-1' }],
      KmsKeyId: 'key',
      MultiAZ: multiAz,
      DeletionProtection: instance.deletionProtection,
      BackupRetentionPeriod: 35,
      Engine: 'postgres',
      EngineVersion: '17.6',
      PreferredMaintenanceWindow: maintenanceWindow,
      InstanceCreateTime: new Date(since),
      ...(instance.backedUp && { LatestRestorableTime: new Date(this.now() - 5 * MINUTE) }),
      TagList: tags,
    };
  }
}
