import type { Severity } from '../../lambda/domain/scan';

/**
 * A span of time as text: a whole number and a unit, `s`, `m`, `h` or `d`, for example `'90s'`, `'10m'`, `'1h'`.
 */
export type DurationText = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** What a user writes in `greenroom.config.ts`. Every option that has a default may be left out. */
export interface GreenroomOptions {
  readonly application: ApplicationOptions;
  readonly repository: RepositoryOptions;
  readonly container: ContainerOptions;
  readonly database: DatabaseOptions;
  /** At least one; the names are unique. */
  readonly environments: readonly EnvironmentOptions[];
}

export interface ApplicationOptions {
  /**
   * First part of every physical name: lower-case letters, digits and single hyphens, starting with a letter.
   * Application and environment name have at most 25 characters together, since a load balancer's name has 32.
   */
  readonly name: string;
}

export interface RepositoryOptions {
  /**
   * First part of the ECR repositories' names; each environment has its own, `<name>/<environment>`.
   * @default - the application's name
   */
  readonly name?: string;
  /**
   * The GitHub repository whose workflows may release.
   * @default - no role for GitHub is made, releases are started by other means
   */
  readonly github?: GithubOptions;
}

export interface GithubOptions {
  /** User or organisation. */
  readonly owner: string;
  readonly repo: string;
  /**
   * The number that `gh api repos/OWNER/REPO --jq .id` prints. Names can be given up and taken by somebody else, the
   * number cannot: with it, the role is bound to this very repository.
   * @default - the role is bound to owner and name only, with a warning
   */
  readonly repositoryId?: string;
}

export interface ContainerOptions {
  /** Name of the application's container in the task definition. @default 'app' */
  readonly name?: string;
  /** Port that the application listens on, 1024 to 65535: it does not run as root. @default 8080 */
  readonly port?: number;
  /** CPU units of a task, 1024 are one vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. @default 512 */
  readonly cpu?: number;
  /** Memory of a task in MiB; Fargate offers certain values for each `cpu`. @default 1024 */
  readonly memory?: number;
  /** Path that answers 2xx while the process is alive, whatever the database does. @default '/livez' */
  readonly livenessPath?: string;
  /** Path that answers 200 when the application can serve: database reachable, schema new enough. @default '/readyz' */
  readonly readinessPath?: string;
  /**
   * Folders of files that only one version may know, for example those with hashed names. What the color that serves a
   * viewer does not have there comes from the other color while that one is warm.
   * @default ['/assets/', '/static/']
   */
  readonly assetPaths?: readonly string[];
  /** Plain environment variables; secrets do not belong here. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Time between SIGTERM and SIGKILL, 1 to 120 seconds. @default '45s' */
  readonly stopTimeout?: DurationText;
}

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

export interface BackupOptions {
  /** Days for which every second can be restored, 1 to 35 (the most that RDS offers). @default 35 in production, 7 elsewhere */
  readonly pointInTimeDays?: number;
  /** Days for which the weekly snapshots are kept. @default 1096 in production (three years, leap day included), 35 elsewhere */
  readonly snapshotDays?: number;
  /** Locks the vaults in governance mode: only who may change the lock can shorten retention. @default true in production, false elsewhere */
  readonly lock?: boolean;
}

export interface EnvironmentOptions {
  /** Second part of every physical name, for example `production`. Also the GitHub environment's name. */
  readonly name: string;
  /** AWS account id, twelve digits. @default - the account that the credentials at deployment belong to */
  readonly account?: string;
  /** AWS region. Must be given when `account` is. @default - the region configured at deployment */
  readonly region?: string;
  /**
   * Whether the safeguards of production are compulsory: Multi-AZ, deletion protection, backups for 35 and 1096 days,
   * at least two tasks.
   * @default - true for the environment named `production`
   */
  readonly production?: boolean;
  /** `blue-green`: two fleets, cutover, revert. `rolling`: one fleet, updated in place. @default 'blue-green' */
  readonly strategy?: 'blue-green' | 'rolling';
  readonly approval?: ApprovalOptions;
  /**
   * Steps of the cutover, ascending, the last one 100 %. Blue/green only.
   * @default [{ percent: 100 }]
   */
  readonly traffic?: readonly TrafficStepOptions[];
  /** How long alarms are watched after the cutover; shorter than `revertWindow`. @default '10m' */
  readonly bake?: DurationText;
  /** How long the previous color stays warm after a release. @default '60m' */
  readonly revertWindow?: DurationText;
  readonly scan?: ScanOptions;
  /** Periods in which no release starts its cutover. A revert is never held up. @default [] */
  readonly freeze?: readonly FreezeOptions[];
  /**
   * What happens to a release while another one has the turn: `queue` in order, `supersede` older ones that wait, or
   * `reject` it.
   * @default 'queue'
   */
  readonly concurrency?: 'queue' | 'supersede' | 'reject';
  readonly size?: SizeOptions;
  /** Time that a fleet has to become healthy. @default '15m' */
  readonly healthyTimeout?: DurationText;
  /** Time between two looks at something that is awaited. @default '15s' */
  readonly pollInterval?: DurationText;
  /** Requests to the idle color before approval. @default - one to the readiness path */
  readonly smoke?: readonly SmokeCheckOptions[];
  readonly alarms?: AlarmOptions;
  /** A snapshot before migrations that are pending. @default true in production, false elsewhere */
  readonly snapshotBeforeMigration?: boolean;
  /** Time that this snapshot may take. @default '60m' */
  readonly snapshotTimeout?: DurationText;
  /** Pending changesets without a rollback stop the release, instead of being counted in its plan. @default false */
  readonly requireRollback?: boolean;
  /**
   * When the edge takes no changes while a release migrates the database: `contract` for migrations that remove something
   * that an older version may still write, `always` for every migration. Viewers who change something get 503 and are
   * asked to come back. Blue/green only.
   * @default 'never'
   */
  readonly readOnlyDuringMigrations?: 'never' | 'contract' | 'always';
  /** Overrides of the database's size, protection and backup for this environment. @default - as in `database` */
  readonly database?: DatabaseSizeOptions;
  /** Custom domain. @default - the distribution's own name on cloudfront.net */
  readonly domain?: DomainOptions;
  /** Web application firewall: AWS's managed rules and a rate limit, or a web ACL of your own. @default - on in production */
  readonly waf?: WafOptions;
  /**
   * Whether this environment's stacks make the account's identity provider for GitHub; there is one an account.
   * @default - `create` for the first environment in an account, `existing` for the others
   */
  readonly githubProvider?: 'create' | 'existing';
}

export interface ApprovalOptions {
  /** @default true in production, false elsewhere */
  readonly required?: boolean;
  /** Whether who asked for the release may approve it. @default false */
  readonly allowRequester?: boolean;
  /** After this time without an answer the release is rejected; at most 30 days. @default '72h' */
  readonly timeout?: DurationText;
}

export interface TrafficStepOptions {
  /** Share of the viewers for the new color, 1 to 100. */
  readonly percent: number;
  /** How long alarms are watched before the next step. Not on the last step: `bake` follows it. @default '0s' */
  readonly hold?: DurationText;
}

export interface ScanOptions {
  /** Findings of this severity or worse stop a release. @default 'HIGH' */
  readonly failOn?: Severity;
  /** Findings that are accepted for a time. @default [] */
  readonly waivers?: readonly WaiverOptions[];
  /** Time after which missing findings stop the release. @default '10m' */
  readonly timeout?: DurationText;
}

export interface WaiverOptions {
  /** For example `CVE-2026-12345`. */
  readonly cve: string;
  readonly reason: string;
  /** Last day on which the waiver counts, `YYYY-MM-DD`. */
  readonly expires: string;
}

export interface FreezeOptions {
  /** ISO 8601 with zone, for example `2026-12-24T00:00:00+01:00`. */
  readonly from: string;
  /** ISO 8601 with zone, after `from`. */
  readonly to: string;
  readonly reason: string;
}

export interface SizeOptions {
  /** Fewest tasks of the live fleet, at least 1, in production at least 2. @default 2 in production, 1 elsewhere */
  readonly min?: number;
  /** Most tasks of the live fleet. @default - four times `min` */
  readonly max?: number;
  /** Average CPU that scaling aims at, 10 to 90 percent. @default 60 */
  readonly targetCpuPercent?: number;
}

export interface SmokeCheckOptions {
  /** Path with leading slash. */
  readonly path: string;
  /** @default 200 */
  readonly status?: number;
  /** Text that the body must hold. @default - the body is not looked at */
  readonly contains?: string;
}

export interface AlarmOptions {
  /** Answers 5xx of a color's targets and load balancer. @default threshold 5, period '1m' */
  readonly errors5xx?: AlarmThresholdOptions;
  /** Unhealthy targets of a color. @default threshold 1, period '1m' */
  readonly unhealthyHosts?: AlarmThresholdOptions;
}

export interface AlarmThresholdOptions {
  /** The alarm rings at this number or above, counted over `period`. */
  readonly threshold?: number;
  /** 10 or 30 seconds, or whole minutes up to an hour. */
  readonly period?: DurationText;
  /** Periods in a row that must be at or above the threshold, 1 to 10. @default 1 */
  readonly evaluationPeriods?: number;
}

export interface DomainOptions {
  /** Fully qualified name, for example `notes.example.com`. */
  readonly name: string;
  /** ARN of its certificate in us-east-1, the only region that CloudFront reads. */
  readonly certificateArn: string;
}

export interface WafOptions {
  /** @default true in production, false elsewhere; always true with `webAclArn` */
  readonly enabled?: boolean;
  /**
   * ARN of a web ACL with scope CLOUDFRONT, which lives in us-east-1. The account's own rules are then yours: let
   * `/.greenroom/route` through, which is how a release sees its route at the edge.
   * @default - one with managed rules is made, in a stack in us-east-1
   */
  readonly webAclArn?: string;
  /** Most requests in five minutes from one address, 100 to 2,000,000. @default 5000 */
  readonly rateLimit?: number;
}
