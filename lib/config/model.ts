import type { SmokeCheck, FreezeWindow } from '../../lambda/domain/policy';
import type { Person } from '../../lambda/domain/people';
import type { Severity } from '../../lambda/domain/scan';

/** A number of seconds; what a duration such as `'10m'` becomes when it is read. */
export type Seconds = number;

/** A configuration that has been checked, with every default filled in. Options are explained in `options.ts`. */
export interface GreenroomConfig {
  readonly application: { readonly name: string };
  readonly repository: { readonly name: string; readonly github?: GithubConfig };
  readonly container: ContainerConfig;
  readonly people: readonly Person[];
  readonly environments: readonly EnvironmentConfig[];
  /** What deserves a look and stops nothing, for example a waiver that has expired. */
  readonly warnings: readonly Problem[];
}

export interface GithubConfig {
  readonly owner: string;
  readonly repo: string;
  readonly repositoryId?: string;
  readonly workflows: readonly string[];
  readonly branches: readonly string[];
}

export interface ContainerConfig {
  readonly name: string;
  readonly port: number;
  readonly additionalPorts: readonly number[];
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly livenessPath: string;
  readonly readinessPath: string;
  readonly assetPaths: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stopTimeout: Seconds;
}

export interface EnvironmentConfig {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
  readonly production: boolean;
  readonly strategy: 'blue-green' | 'rolling';
  readonly approval: {
    readonly required: boolean;
    readonly approvers: number;
    readonly allowRequester: boolean;
    readonly acceptClaims: boolean;
    readonly timeout: Seconds;
  };
  readonly traffic: readonly { readonly percent: number; readonly hold: Seconds }[];
  readonly bake: Seconds;
  readonly revertWindow: Seconds;
  readonly scan: {
    readonly failOn: Severity;
    readonly waivers: readonly { readonly cve: string; readonly reason: string; readonly expires: string }[];
    /** Days before a waiver's end from which on it warns. */
    readonly warnDays: number;
    readonly timeout: Seconds;
  };
  readonly freeze: readonly FreezeWindow[];
  readonly concurrency: 'queue' | 'supersede' | 'reject';
  readonly size: { readonly min: number; readonly max: number; readonly targetCpuPercent: number };
  readonly healthyTimeout: Seconds;
  readonly pollInterval: Seconds;
  readonly smoke: readonly SmokeCheck[];
  readonly alarms: AlarmConfig;
  readonly snapshotBeforeMigration: boolean;
  readonly snapshotTimeout: Seconds;
  readonly requireRollback: boolean;
  readonly readOnlyDuringMigrations: 'never' | 'contract' | 'always';
  readonly wipeDatabase: boolean;
  readonly migrations: { readonly runOn: 'lambda' | 'fargate'; readonly timeBudget: Seconds };
  /** The application's database with this environment's overrides applied. */
  readonly database: DatabaseConfig;
  /** None where there is no cache. */
  readonly cache?: CacheConfig;
  /** Region that images are copied to as they are pushed. */
  readonly replicateImagesTo?: string;
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** None where there is no console. */
  readonly console?: {
    /** None where a user pool is made. */
    readonly provider?: {
      readonly issuer: string;
      readonly clientId: string;
      readonly rolesClaim: string;
      readonly nameClaim: string;
    };
    readonly domain?: { readonly name: string; readonly certificateArn: string };
  };
  /** None where there is no firewall. */
  readonly waf?: { readonly webAclArn?: string; readonly rateLimit: number };
  readonly githubProvider: 'create' | 'existing';
  readonly provenance: 'required' | 'recorded';
  readonly releaseFrom: readonly string[];
}

export interface AlarmConfig {
  readonly errors5xx: AlarmThreshold;
  readonly unhealthyHosts: AlarmThreshold;
  /** Percent. */
  readonly errorRate: AlarmThreshold & { readonly minRequests: number };
  /** Milliseconds. */
  readonly latencyP95: AlarmThreshold;
  /** Names or ARNs. */
  readonly own: readonly string[];
}

export interface AlarmThreshold {
  readonly threshold: number;
  readonly period: Seconds;
  readonly evaluationPeriods: number;
}

export interface DatabaseConfig {
  readonly engine: 'postgres' | 'mysql';
  /** Major version, or a full one that is kept. */
  readonly version: string;
  readonly name: string;
  readonly instanceClass: string;
  readonly storageGb: number;
  readonly maxStorageGb: number;
  readonly multiAz: boolean;
  readonly deletionProtection: boolean;
  readonly backup: BackupConfig;
  /** ARN of the snapshot that the instance began as. */
  readonly restoreFrom?: string;
}

export interface CacheConfig {
  readonly nodeType: string;
  readonly nodes: number;
}

export interface BackupConfig {
  readonly pointInTimeDays: number;
  readonly dailyDays: number;
  readonly monthlyDays: number;
  readonly releaseDays: number;
  readonly lock: 'none' | 'governance' | 'compliance';
  /** Given exactly with `compliance`. */
  readonly lockChangeableForDays?: number;
  readonly copies: readonly BackupCopyConfig[];
  readonly restoreTest: 'never' | 'daily' | 'weekly' | 'monthly';
}

/** Has a region or an account, not both. */
export interface BackupCopyConfig {
  readonly region?: string;
  readonly account?: string;
  readonly dailyDays: number;
  readonly monthlyDays: number;
}

/** A mistake in the configuration, or something in it that deserves a look. */
export interface Problem {
  /** Where, for example `environments[2].traffic[0].percent`. */
  readonly path: string;
  readonly message: string;
}
