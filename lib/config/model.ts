import type { SmokeCheck, FreezeWindow } from '../../lambda/domain/policy';
import type { Severity } from '../../lambda/domain/scan';

/** A number of seconds; what a duration such as `'10m'` becomes when it is read. */
export type Seconds = number;

/** A configuration that has been checked, with every default filled in. Options are explained in `options.ts`. */
export interface GreenroomConfig {
  readonly application: { readonly name: string };
  readonly repository: { readonly name: string; readonly github?: GithubConfig };
  readonly container: ContainerConfig;
  readonly environments: readonly EnvironmentConfig[];
  /** What deserves a look and stops nothing, for example a waiver that has expired. */
  readonly warnings: readonly Problem[];
}

export interface GithubConfig {
  readonly owner: string;
  readonly repo: string;
  readonly repositoryId?: string;
}

export interface ContainerConfig {
  readonly name: string;
  readonly port: number;
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
  readonly approval: { readonly required: boolean; readonly allowRequester: boolean; readonly timeout: Seconds };
  readonly traffic: readonly { readonly percent: number; readonly hold: Seconds }[];
  readonly bake: Seconds;
  readonly revertWindow: Seconds;
  readonly scan: {
    readonly failOn: Severity;
    readonly waivers: readonly { readonly cve: string; readonly reason: string; readonly expires: string }[];
    readonly timeout: Seconds;
  };
  readonly freeze: readonly FreezeWindow[];
  readonly concurrency: 'queue' | 'supersede' | 'reject';
  readonly size: { readonly min: number; readonly max: number; readonly targetCpuPercent: number };
  readonly healthyTimeout: Seconds;
  readonly pollInterval: Seconds;
  readonly smoke: readonly SmokeCheck[];
  readonly alarms: { readonly errors5xx: AlarmThreshold; readonly unhealthyHosts: AlarmThreshold };
  readonly snapshotBeforeMigration: boolean;
  readonly snapshotTimeout: Seconds;
  readonly requireRollback: boolean;
  readonly readOnlyDuringMigrations: 'never' | 'contract' | 'always';
  /** The application's database with this environment's overrides applied. */
  readonly database: DatabaseConfig;
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** None where there is no firewall. */
  readonly waf?: { readonly webAclArn?: string; readonly rateLimit: number };
  readonly githubProvider: 'create' | 'existing';
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
  readonly backup: { readonly pointInTimeDays: number; readonly snapshotDays: number; readonly lock: boolean };
}

/** A mistake in the configuration, or something in it that deserves a look. */
export interface Problem {
  /** Where, for example `environments[2].traffic[0].percent`. */
  readonly path: string;
  readonly message: string;
}
