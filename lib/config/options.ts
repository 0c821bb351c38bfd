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
  /**
   * A cache that both colors share: Valkey on ElastiCache. Every environment has one then, unless it says otherwise.
   * @default - there is none, but in environments that ask for one
   */
  readonly cache?: CacheOptions;
  /**
   * Who has which names, so that nobody approves under one name what was asked for under another. Once anybody is
   * listed, whoever is not listed may neither approve nor have a release approved, where `approval.allowRequester` is
   * off: an unknown name could be anybody's.
   * @default [] - names are compared as they are, with a warning
   */
  readonly people?: readonly PersonOptions[];
  /** At least one; the names are unique. */
  readonly environments: readonly EnvironmentOptions[];
}

export interface PersonOptions {
  /** As the ledger counts them. */
  readonly name: string;
  /** Login at GitHub, which is what a release from a workflow is asked for as. */
  readonly github?: string;
  /**
   * ARNs of IAM users, or of role sessions as `aws sts get-caller-identity` prints them. Name sessions that the person
   * cannot choose, such as those of IAM Identity Center: whoever assumes a plain role names the session as they like.
   * @default []
   */
  readonly aws?: readonly string[];
  /** `sub`, e-mail address or user name at the console's identity provider; the e-mail address in git. @default [] */
  readonly oidc?: readonly string[];
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
  /**
   * Workflows whose jobs may publish and release: files under `.github/workflows` of this repository, or, for a reusable
   * workflow of another one, `owner/repo/.github/workflows/file.yml@ref`, where `*` stands for anything. The claim
   * `job_workflow_ref` of their jobs is compared with it.
   * @default ['release-version.yml']
   */
  readonly workflows?: readonly string[];
  /** Branches that a released commit has to be on, where `provenance` is required; `*` stands for anything. @default ['main'] */
  readonly branches?: readonly string[];
}

export interface ContainerOptions {
  /** Name of the application's container in the task definition. @default 'app' */
  readonly name?: string;
  /** Port that the application listens on, 1024 to 65535: it does not run as root. @default 8080 */
  readonly port?: number;
  /**
   * Further ports that the application listens on, each 1024 to 65535. Nobody is let in there: they are what a change of
   * `port` goes through, since an environment that has released only takes a port that its running versions have.
   * @default []
   */
  readonly additionalPorts?: readonly number[];
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
  /** Where pending changesets are applied. @default - in a function, which is invoked again until all are done */
  readonly migrations?: MigrationOptions;
  /**
   * Every release EMPTIES the database and builds it anew from the changelog. For an environment whose data nobody misses;
   * production refuses it, and so does blue/green, whose live color would lose its tables.
   * @default false
   */
  readonly wipeDatabase?: boolean;
  /** Overrides of the database's size, protection and backup for this environment. @default - as in `database` */
  readonly database?: DatabaseSizeOptions & {
    /**
     * Where the instance's data comes from when it is made: the ARN of an RDS snapshot in the environment's own region.
     * For an environment that takes the place of another one whose region is lost. It has to stay for as long as the
     * environment does: CloudFormation answers to another value, or to none, with another instance, empty in the latter
     * case. That deployment fails, since the instance's name is taken, and nothing is lost.
     * @default - a new, empty database
     */
    readonly restoreFrom?: string;
  };
  /**
   * Whether this environment has a cache, and overrides of its size.
   * @default - as in `cache` of the application
   */
  readonly cache?: CacheOptions & {
    /** @default true */
    readonly enabled?: boolean;
  };
  /**
   * Region that ECR copies this environment's images to as they are pushed. Replication is a setting of the whole
   * registry, one an account and region: set it in one environment of an account and region only.
   * @default - images are in the environment's own region alone
   */
  readonly replicateImagesTo?: string;
  /** Custom domain. @default - the distribution's own name on cloudfront.net */
  readonly domain?: DomainOptions;
  /** Web application firewall: AWS's managed rules and a rate limit, or a web ACL of your own. @default - on in production */
  readonly waf?: WafOptions;
  /** Web page for QA and operators. @default - there is none; the command line and the functions do the same */
  readonly console?: ConsoleOptions;
  /**
   * Whether this environment's stacks make the account's identity provider for GitHub; there is one an account.
   * @default - `create` for the first environment in an account, `existing` for the others
   */
  readonly githubProvider?: 'create' | 'existing';
  /**
   * `required`: only versions are released that the configured repository's workflow published from one of its
   * `branches`, and nobody but that workflow's role can publish. `recorded`: where a version comes from is recorded, and
   * people may publish as well.
   * @default - `required` in production when `repository.github` has its number, `recorded` elsewhere
   */
  readonly provenance?: 'required' | 'recorded';
  /**
   * Git refs whose workflow runs may release here; `*` stands for anything.
   * @default ['refs/tags/v*'], in an environment with one fleet 'refs/heads/develop' as well
   */
  readonly releaseFrom?: readonly string[];
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

export interface ApprovalOptions {
  /** @default true in production, false elsewhere */
  readonly required?: boolean;
  /** So many people have to approve, 1 to 10, each once. One who rejects is enough. @default 1 */
  readonly approvers?: number;
  /** Whether who asked for the release may approve it. @default false */
  readonly allowRequester?: boolean;
  /**
   * Whether who invokes the function directly, and only claims a name, may approve too. Rejecting is open to them.
   * @default false
   */
  readonly acceptClaims?: boolean;
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
  /** A waiver that ends within so many days, 0 to 90, warns: at synthesis, and at every release that needs it. @default 14 */
  readonly warnDays?: number;
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

/** Once: `from` and `to`. Again and again: `cron` and `duration`. */
export interface FreezeOptions {
  /** ISO 8601 with zone, for example `2026-12-24T00:00:00+01:00`. */
  readonly from?: string;
  /** ISO 8601 with zone, after `from`. */
  readonly to?: string;
  /**
   * When it begins: minute, hour, day of month, month, day of week, as crontab has them; at most 24 times a day. For
   * example `0 16 * * fri` with the duration `64h` for weekends.
   */
  readonly cron?: string;
  /** How long it lasts from then on, at most 31 days. */
  readonly duration?: DurationText;
  /** Time zone of `cron`, by its IANA name. @default 'UTC' */
  readonly timeZone?: string;
  /** Shown to whoever is stopped. */
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

/** Alarms on each color, and others of yours that a release has to listen to. */
export interface AlarmOptions {
  /** Answers 5xx of a color's targets and load balancer. @default threshold 5, period '1m' */
  readonly errors5xx?: AlarmThresholdOptions;
  /** Unhealthy targets of a color. @default threshold 1, period '1m' */
  readonly unhealthyHosts?: AlarmThresholdOptions;
  /**
   * Share of a color's requests that its tasks answer with 5xx, in percent.
   * @default threshold 5, period '1m', no less than 20 requests
   */
  readonly errorRate?: AlarmThresholdOptions & {
    /** In a period with fewer requests than this the share says nothing, and counts as none. @default 20 */
    readonly minRequests?: number;
  };
  /** Time in milliseconds within which a color answers 95 of 100 requests. @default threshold 2000, period '1m', evaluationPeriods 3 */
  readonly latencyP95?: AlarmThresholdOptions;
  /**
   * Alarms of your own, by name or ARN, in the environment's account and region; at most 40. One that begins to ring
   * after the cutover stops the release; one that rang before it does not, since the release may be what mends it.
   * @default []
   */
  readonly own?: readonly string[];
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

export interface ConsoleOptions {
  /**
   * The OpenID Connect provider that people sign in with.
   * @default - a user pool of Cognito is made, with a group for each role
   */
  readonly provider?: ProviderOptions;
  /** Custom domain of the console. @default - the name of its distribution on cloudfront.net */
  readonly domain?: DomainOptions;
}

export interface ProviderOptions {
  /** As its discovery document says it, for example `https://login.example.com/realms/staff`. */
  readonly issuer: string;
  /** The client that was registered for the console: public, with authorization code and PKCE. */
  readonly clientId: string;
  /** Claim of the ID token that lists a person's roles: `viewers`, `qa`, `operators`. @default 'roles' */
  readonly rolesClaim?: string;
  /** Claim of the ID token that people are recorded by. @default 'email' */
  readonly nameClaim?: string;
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
