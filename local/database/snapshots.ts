import type {
  CopyDBSnapshotCommandInput,
  CreateDBSnapshotCommandInput,
  DBSnapshot,
  DescribeDBSnapshotsCommandInput,
} from '@aws-sdk/client-rds';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import type { DatabaseServer } from './server';

export interface SnapshotsOptions {
  readonly server: DatabaseServer;
  readonly database: string;
  readonly instanceId: string;
  /** Account and region for ARNs. */
  readonly scope: { readonly account: string; readonly region: string };
}

interface Snapshot extends DBSnapshot {
  /** Rows by table, once it is available. */
  rows?: Readonly<Record<string, number>>;
}

/** DB snapshots of the one instance: real copies of its tables, in files, taken in one consistent view of the data. */
export class Snapshots {
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: SnapshotsOptions) {}

  /** Rows by table of an available snapshot. */
  rows(id: string): Readonly<Record<string, number>> | undefined {
    return this.snapshots.get(id)?.rows;
  }

  /** The folder with one file for each table. */
  folder(id: string): Promise<string> {
    return this.options.server.writableFolder('snapshots', id);
  }

  /** What AWS Backup's daily copy is: a recovery point of this moment, in another region. @returns its ARN, once it is there */
  async backUpTo(region: string): Promise<string> {
    const id = `awsbackup:copyjob-${this.snapshots.size + 1}`;
    const arn = `arn:aws:rds:${region}:${this.options.scope.account}:snapshot:${id}`;
    const point = { ...this.begin(arn, 'awsbackup'), DBSnapshotIdentifier: id, DBSnapshotArn: arn };
    this.snapshots.set(arn, point);
    await this.copy(id.replace(':', '-'), point);
    return arn;
  }

  /** Waits for copies under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  /** The `rds` model. */
  readonly model: ServiceModel = {
    // What RDS lets a new account have.
    DescribeAccountAttributes: async () => ({
      AccountQuotas: [{ AccountQuotaName: 'ManualSnapshots', Max: 100, Used: this.snapshots.size }],
    }),

    CreateDBSnapshot: async (input: CreateDBSnapshotCommandInput) => {
      const id = (input.DBSnapshotIdentifier ?? '').toLowerCase();
      this.knownInstance(input.DBInstanceIdentifier);
      if (!/^[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]$/.test(id)) {
        throw new AwsError('InvalidParameterValue', `The parameter DBSnapshotIdentifier "${id}" is not valid`);
      }
      if (this.snapshots.has(id)) {
        throw new AwsError('DBSnapshotAlreadyExists', `Cannot create the snapshot because ${id} already exists`);
      }
      const snapshot: Snapshot = { ...this.begin(id, 'manual'), TagList: input.Tags };
      this.snapshots.set(id, snapshot);
      const copying = this.copy(id, snapshot).finally(() => this.running.delete(copying));
      this.running.add(copying);
      return { DBSnapshot: answerOf(snapshot) };
    },

    /** From another region: the same data, of the same moment, under a name of this region. */
    CopyDBSnapshot: async (input: CopyDBSnapshotCommandInput) => {
      const { SourceDBSnapshotIdentifier: from = '', TargetDBSnapshotIdentifier: to = '' } = input;
      const source = this.snapshots.get(from);
      if (source === undefined) throw new AwsError('DBSnapshotNotFound', `DBSnapshot ${from} not found.`, 404);
      if (this.snapshots.has(to)) throw new AwsError('DBSnapshotAlreadyExists', `${to} already exists`);
      const { Status, PercentProgress, SnapshotCreateTime, rows } = source;
      const copied: Snapshot = { ...this.begin(to, 'manual'), Status, PercentProgress, SnapshotCreateTime, rows };
      this.snapshots.set(to, copied);
      return { DBSnapshot: answerOf(copied) };
    },

    DescribeDBSnapshots: async (input: DescribeDBSnapshotsCommandInput) => {
      if (input.DBInstanceIdentifier !== undefined) this.knownInstance(input.DBInstanceIdentifier);
      const { DBSnapshotIdentifier: given } = input;
      const wanted = given?.startsWith('arn:') ? given : given?.toLowerCase();
      if (wanted !== undefined && !this.snapshots.has(wanted)) {
        throw new AwsError('DBSnapshotNotFound', `DBSnapshot ${wanted} not found.`, 404);
      }
      const found = [...this.snapshots.values()].filter(
        (each) => wanted === undefined || [each.DBSnapshotIdentifier, each.DBSnapshotArn].includes(wanted),
      );
      return { DBSnapshots: found.map(answerOf) };
    },
  };

  private begin(id: string, type: 'manual' | 'awsbackup'): Snapshot {
    const { scope, instanceId } = this.options;
    return {
      DBSnapshotIdentifier: id,
      DBSnapshotArn: `arn:aws:rds:${scope.region}:${scope.account}:snapshot:${id}`,
      DBInstanceIdentifier: instanceId,
      Engine: 'postgres',
      SnapshotType: type,
      Status: 'creating',
      PercentProgress: 0,
      SnapshotCreateTime: new Date(),
    };
  }

  private async copy(id: string, snapshot: Snapshot): Promise<void> {
    const { server, database } = this.options;
    const folder = await this.folder(id);
    try {
      snapshot.rows = await server.withClient(database, async (client) => {
        await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const { rows: tables } = await client.query<{ schema: string; name: string }>(
          `SELECT schemaname AS schema, tablename AS name FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
        );
        const rows: Record<string, number> = {};
        for (const [index, { schema, name }] of tables.entries()) {
          const file = join(folder, `${schema}.${name}.copy`);
          const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
          const { rowCount } = await client.query(`COPY ${table} TO ${client.escapeLiteral(file)}`);
          rows[`${schema}.${name}`] = rowCount ?? 0;
          snapshot.PercentProgress = Math.floor(((index + 1) * 99) / tables.length);
        }
        await client.query('COMMIT');
        return rows;
      });
      snapshot.Status = 'available';
      snapshot.PercentProgress = 100;
    } catch {
      snapshot.Status = 'failed';
      await rm(folder, { recursive: true, force: true });
    }
  }

  private knownInstance(id: string | undefined): void {
    if (id !== this.options.instanceId) throw new AwsError('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
  }
}

function answerOf({ rows: _rows, ...snapshot }: Snapshot): DBSnapshot {
  return { ...snapshot };
}
