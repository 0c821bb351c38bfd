import type { DurationText } from '../duration';

export interface DatabaseOptions extends DatabaseSizeOptions {
  readonly engine: 'postgres' | 'mysql';
  /**
   * Major version (`'17'`, `'8.4'`: RDS then takes minor upgrades by itself), or a full one (`'17.6'`, `'8.4.8'`), which
   * is kept. postgres: 14 to 18, mysql: 8.0 and 8.4.
   * @default '17' for postgres, '8.4' for mysql
   */
  readonly version?: string;
  /** Name of the database: letter first, then lower-case letters, digits and `_`. @default - the application's name, `-` as `_` */
  readonly name?: string;
}

/** Database options that an environment may set for itself. */
export interface DatabaseSizeOptions {
  /** Instance class as RDS names it. @default 'db.t4g.medium' */
  readonly instanceClass?: string;
  /** Storage in GiB, 20 to 65536. @default 20 */
  readonly storageGb?: number;
  /** Storage may grow by itself up to this many GiB. @default - twice `storageGb` */
  readonly maxStorageGb?: number;
  /** A standby instance in a second zone. Production must have it. @default true in production, false elsewhere */
  readonly multiAz?: boolean;
  /** Refuses to delete the instance. Production must have it. @default true */
  readonly deletionProtection?: boolean;
  readonly backup?: BackupOptions;
}

/** What lies in it may be gone at any time: it has no backup, and a restore of the database leaves it as it is. */
export interface CacheOptions {
  /** Node type as ElastiCache names it. @default 'cache.t4g.small' */
  readonly nodeType?: string;
  /**
   * Primary and replicas in different zones, 1 to 6. From two on a replica takes over when the primary or its zone is
   * lost. Production has at least two.
   * @default 2 in production, 1 elsewhere
   */
  readonly nodes?: number;
}

export interface BackupOptions {
  /** Days for which every second can be restored, 1 to 35 (the most that RDS offers). @default 35 in production, 7 elsewhere */
  readonly pointInTimeDays?: number;
  /** Days for which the daily snapshots are kept. @default 35 in production, 7 elsewhere */
  readonly dailyDays?: number;
  /**
   * Days for which the monthly snapshots are kept, at least `dailyDays`.
   * @default 1096 in production (three years, leap day included), 35 elsewhere
   */
  readonly monthlyDays?: number;
  /**
   * Days for which the snapshots before migrations are kept. Those of releases that failed or were reverted are kept until
   * somebody deletes them, and the five newest always.
   * @default 90 in production, 14 elsewhere
   */
  readonly releaseDays?: number;
  /**
   * Whether backups can be deleted before their time.
   *
   * - `none`: by whoever has the permission.
   * - `governance`: by whoever takes the vault's lock away first. Production has at least this.
   * - `compliance`: by NOBODY. Once `lockChangeableForDays` are over, no person, no administrator, not the root user and
   *   not AWS can delete a recovery point, shorten its retention or take the lock away, for as long as the retention
   *   lasts: three years of storage that is paid for, whatever happens to the application. The vault outlives the stack,
   *   and the account cannot be emptied. A mistake here cannot be mended. Take it only where a law or a contract says so.
   *
   * @default 'governance' in production, 'none' elsewhere
   */
  readonly lock?: 'none' | 'governance' | 'compliance';
  /**
   * With `lock: 'compliance'`, and only then: days after the deployment in which the lock can still be taken away, 3 to
   * 36499.
   */
  readonly lockChangeableForDays?: number;
  /**
   * Where every snapshot is copied to. A copy lies in vaults of its own, under a key of its own, with a retention of its
   * own, and is locked as the original is.
   * @default [] - with a warning in production: who loses the region loses the data
   */
  readonly copies?: readonly BackupCopyOptions[];
  /**
   * How often a snapshot is restored beside the database and checked: changelog, assertions of `migrations/verify`, every
   * table. The instance that it is restored to costs its hours and is deleted by AWS Backup afterwards.
   * @default 'weekly' in production, 'never' elsewhere
   */
  readonly restoreTest?: 'never' | 'daily' | 'weekly' | 'monthly';
}

/** AWS Backup copies snapshots of RDS to another region or to another account, not to both in one step. */
export interface BackupCopyOptions {
  /** Another region of the same account. */
  readonly region?: string;
  /** Another account of the same organization, same region. The environment's own account and region must be given. */
  readonly account?: string;
  /** @default - as the original's `dailyDays` */
  readonly dailyDays?: number;
  /** @default - as the original's `monthlyDays` */
  readonly monthlyDays?: number;
}

export interface MigrationOptions {
  /**
   * A function ends a statement after nine minutes; `fargate` runs the migrator as a task, for statements that take longer.
   * @default 'lambda'
   */
  readonly runOn?: 'lambda' | 'fargate';
  /** With `fargate`: time for all pending changesets together. @default '4h' */
  readonly timeBudget?: DurationText;
}
