import type { DurationText } from '../duration';
import type { CacheOptions, DatabaseSizeOptions, MigrationOptions } from './data';
import type { ConsoleOptions, DomainOptions, WafOptions } from './edge';
import type { AlarmOptions, SizeOptions } from './fleet';
import type { ApprovalOptions, FreezeOptions, ScanOptions, SmokeCheckOptions, TrafficStepOptions } from './release';

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
