import { z } from 'zod';
import { SEVERITIES } from '../../lambda/domain/scan';
import {
  anyText,
  choice,
  cron,
  day,
  duration,
  flag,
  folderPath,
  instant,
  oneOf,
  text,
  timeZone,
  urlPath,
  whole,
} from './leaves';

/*
 * The form of the options, strict at every level. Defaults that do not depend on another option stand here, the others
 * in defaults.ts; what concerns several options together stands in checks.ts.
 */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const NAME = /^[a-z](-?[a-z0-9])*$/;
const NAME_WORDS = 'lower-case letters, digits and single hyphens, a letter first';

/** An object whose members may all be left out. */
function group<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, { error: 'an object with options' });
}

function list<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'a list' });
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const REGION_WORDS = "a region's name, for example 'eu-central-1'";
/** AWS Backup takes 36,500 days; a vault's upper limit is one day more than what is kept in it. */
const MOST_DAYS = 36_499;

const backup = group({
  pointInTimeDays: whole(1, 35, 'days, the most that RDS offers').optional(),
  dailyDays: whole(1, MOST_DAYS, 'days').optional(),
  monthlyDays: whole(1, MOST_DAYS, 'days').optional(),
  releaseDays: whole(1, MOST_DAYS, 'days').optional(),
  lock: choice('none', 'governance', 'compliance').optional(),
  lockChangeableForDays: whole(3, MOST_DAYS, 'days, from the deployment on').optional(),
  copies: list(
    group({
      region: text(REGION, REGION_WORDS).optional(),
      account: text(/^\d{12}$/, 'an account id, twelve digits in quotes').optional(),
      dailyDays: whole(1, MOST_DAYS, 'days').optional(),
      monthlyDays: whole(1, MOST_DAYS, 'days').optional(),
    }),
  ).optional(),
  restoreTest: choice('never', 'daily', 'weekly', 'monthly').optional(),
});

const databaseSize = {
  instanceClass: text(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "an instance class as RDS names it, for example 'db.t4g.medium'"),
  storageGb: whole(20, 65_536, 'GiB'),
  maxStorageGb: whole(20, 65_536, 'GiB'),
  multiAz: flag(),
  deletionProtection: flag(),
  backup,
};

const cache = group({
  nodeType: text(
    /^cache\.[a-z0-9]+\.[a-z0-9]+$/,
    "a node type as ElastiCache names it, for example 'cache.t4g.small'",
  ).optional(),
  nodes: whole(1, 6, 'nodes').optional(),
});

const traffic = group({ percent: whole(1, 100, 'percent'), hold: duration(0, DAY).default(0) });

const waiver = group({
  cve: text(/^CVE-\d{4}-\d{4,}$/, "a CVE's id, for example 'CVE-2026-12345'"),
  reason: anyText('a reason that an auditor understands'),
  expires: day(),
});

const smokeCheck = group({ path: urlPath(), status: whole(100, 599).optional(), contains: anyText().optional() });

/** CloudWatch takes 10, 30 or multiples of 60 seconds; an alarm on load balancer metrics sees one value a minute. */
function threshold(defaultThreshold: number, { most = 1_000_000, evaluationPeriods = 1 } = {}) {
  const allowed = "'10s', '30s' or whole minutes up to '1h'";
  return group({
    threshold: whole(1, most).default(defaultThreshold),
    period: duration(10, HOUR)
      .refine((s) => s === 10 || s === 30 || s % MINUTE === 0, { error: allowed })
      .default(MINUTE),
    evaluationPeriods: whole(1, 10).default(evaluationPeriods),
  });
}

const domain = group({
  name: text(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a domain name, for example 'notes.example.com'"),
  certificateArn: text(
    /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
    'the ARN of a certificate in us-east-1, the only region that CloudFront reads',
  ),
});

const freeze = group({
  from: instant().optional(),
  to: instant().optional(),
  cron: cron().optional(),
  duration: duration(MINUTE, 31 * DAY).optional(),
  timeZone: timeZone().optional(),
  reason: anyText('a reason, shown to who is stopped'),
}).refine(
  ({ from, to, cron: begins, duration: lasts, timeZone: zone }) =>
    begins === undefined
      ? from !== undefined && to !== undefined && lasts === undefined && zone === undefined
      : lasts !== undefined && from === undefined && to === undefined,
  { error: 'either from and to, or cron and duration (and timeZone)' },
);

const environment = group({
  name: text(NAME, NAME_WORDS),
  account: text(/^\d{12}$/, 'an account id, twelve digits in quotes').optional(),
  region: text(REGION, REGION_WORDS).optional(),
  production: flag().optional(),
  strategy: choice('blue-green', 'rolling').default('blue-green'),
  approval: group({
    required: flag().optional(),
    approvers: whole(1, 10, 'people').default(1),
    allowRequester: flag().default(false),
    acceptClaims: flag().default(false),
    timeout: duration(5 * MINUTE, 30 * DAY).default(72 * HOUR),
  }).prefault({}),
  traffic: list(traffic).min(1, { error: 'at least one step' }).optional(),
  bake: duration(0, DAY).default(10 * MINUTE),
  revertWindow: duration(MINUTE, 7 * DAY).default(HOUR),
  scan: group({
    failOn: choice(...SEVERITIES).default('HIGH'),
    waivers: list(waiver).default([]),
    warnDays: whole(0, 90, 'days').default(14),
    timeout: duration(MINUTE, 6 * HOUR).default(10 * MINUTE),
  }).prefault({}),
  freeze: list(freeze).default([]),
  concurrency: choice('queue', 'supersede', 'reject').default('queue'),
  size: group({
    min: whole(1, 1000, 'tasks').optional(),
    max: whole(1, 1000, 'tasks').optional(),
    targetCpuPercent: whole(10, 90, 'percent').default(60),
  }).prefault({}),
  healthyTimeout: duration(MINUTE, 2 * HOUR).default(15 * MINUTE),
  pollInterval: duration(5, 5 * MINUTE).default(15),
  smoke: list(smokeCheck).min(1, { error: 'at least one check' }).optional(),
  alarms: group({
    errors5xx: threshold(5).prefault({}),
    unhealthyHosts: threshold(1).prefault({}),
    errorRate: threshold(5, { most: 100 })
      .extend({ minRequests: whole(1, 1_000_000, 'requests').default(20) })
      .prefault({}),
    latencyP95: threshold(2000, { most: 60_000, evaluationPeriods: 3 }).prefault({}),
    own: list(text(/^(arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:)?[^:]{1,255}$/, "an alarm's name or ARN"))
      // A question to CloudWatch names 100 alarms at most, the colors' among them.
      .max(40, { error: 'at most 40 alarms' })
      .default([]),
  }).prefault({}),
  snapshotBeforeMigration: flag().optional(),
  snapshotTimeout: duration(5 * MINUTE, 12 * HOUR).default(HOUR),
  requireRollback: flag().default(false),
  readOnlyDuringMigrations: choice('never', 'contract', 'always').default('never'),
  wipeDatabase: flag().default(false),
  migrations: group({
    runOn: choice('lambda', 'fargate').default('lambda'),
    timeBudget: duration(10 * MINUTE, 24 * HOUR).default(4 * HOUR),
  }).prefault({}),
  database: group({
    ...databaseSize,
    restoreFrom: text(
      /^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:snapshot:[A-Za-z][A-Za-z0-9:-]*$/,
      'the ARN of an RDS snapshot in the region of the environment',
    ),
  })
    .partial()
    .optional(),
  cache: cache.extend({ enabled: flag().optional() }).optional(),
  replicateImagesTo: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region's name, for example 'eu-west-1'").optional(),
  domain: domain.optional(),
  console: group({
    provider: group({
      issuer: text(/^https:\/\/[^\s?#]+$/, "an issuer's address, for example 'https://login.example.com/realms/staff'"),
      clientId: text(/^[\x21-\x7e]{1,255}$/, "the client's id at the provider"),
      rolesClaim: text(/^[\x21-\x7e]{1,128}$/, 'the name of a claim').default('roles'),
      nameClaim: text(/^[\x21-\x7e]{1,128}$/, 'the name of a claim').default('email'),
    }).optional(),
    domain: domain.optional(),
  }).optional(),
  waf: group({
    enabled: flag().optional(),
    webAclArn: text(
      /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/,
      'the ARN of a web ACL with scope CLOUDFRONT (region us-east-1)',
    ).optional(),
    // What WAF takes, but for the lowest: an office behind one address makes more than ten requests.
    rateLimit: whole(100, 2_000_000, 'requests in five minutes').default(5000),
  }).prefault({}),
  githubProvider: choice('create', 'existing').optional(),
  provenance: choice('required', 'recorded').optional(),
  releaseFrom: list(
    text(/^refs\/(heads|tags)\/[\w./*-]+$/, "a ref, for example 'refs/heads/release/*' or 'refs/tags/v*'"),
  )
    .min(1, { error: 'at least one ref' })
    .optional(),
});

const person = group({
  name: anyText("the person's name"),
  github: text(/^[A-Za-z0-9](-?[A-Za-z0-9])*(\[bot\])?$/, 'a login at GitHub').optional(),
  aws: list(
    text(/^arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/-]+$/, 'the ARN of an IAM user or of a role session'),
  ).default([]),
  oidc: list(anyText('a subject, e-mail address or user name')).default([]),
});

const container = group({
  name: text(/^[a-zA-Z0-9_-]{1,255}$/, 'letters, digits, hyphens and underscores').default('app'),
  port: whole(1024, 65_535, '(the application does not run as root)').default(8080),
  additionalPorts: list(whole(1024, 65_535, '(the application does not run as root)')).default([]),
  cpu: oneOf([256, 512, 1024, 2048, 4096, 8192, 16_384]).default(512),
  memory: whole(512, 122_880, 'MiB').default(1024),
  livenessPath: urlPath().default('/livez'),
  readinessPath: urlPath().default('/readyz'),
  assetPaths: list(folderPath()).default(['/assets/', '/static/']),
  environment: z
    .record(text(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'), z.string({ error: 'text' }), {
      error: 'an object of texts',
    })
    .default({}),
  stopTimeout: duration(1, 2 * MINUTE).default(45),
});

export const schema = group({
  application: group({ name: text(NAME, NAME_WORDS) }),
  repository: group({
    name: text(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, 'lower-case letters and digits, with . _ - / between them').optional(),
    github: group({
      owner: text(/^[A-Za-z0-9](-?[A-Za-z0-9])*$/, 'a user or organisation on GitHub'),
      repo: text(/^[\w.-]+$/, "a repository's name without its owner"),
      repositoryId: text(/^\d+$/, 'the number of the repository, in quotes').optional(),
      workflows: list(
        text(
          /^([\w.-]+\.ya?ml|[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+@.+)$/,
          "a workflow's file, for example 'release.yml'",
        ),
      )
        .min(1, { error: 'at least one workflow' })
        .default(['release-version.yml']),
      branches: list(text(/^[\w./*-]+$/, "a branch, for example 'main' or 'hotfix/*'"))
        .min(1, { error: 'at least one branch' })
        .default(['main']),
    }).optional(),
  }),
  container,
  database: group({
    ...group(databaseSize).partial().shape,
    engine: choice('postgres', 'mysql'),
    version: text(/^\d+(\.\d+){0,2}$/, "a version, for example '17' or '8.4'").optional(),
    name: text(
      /^[a-z][a-z0-9_]{0,23}$/,
      'up to 24 characters: a letter, then lower-case letters, digits and _',
    ).optional(),
  }),
  cache: cache.optional(),
  people: list(person).default([]),
  environments: list(environment).min(1, { error: 'at least one environment' }),
});

/** The options after the schema: of the right form, durations in seconds, independent defaults filled in. */
export type Checked = z.output<typeof schema>;
export type CheckedEnvironment = Checked['environments'][number];
