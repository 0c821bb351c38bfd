import { z } from 'zod';
import { SEVERITIES } from '../../lambda/domain/scan';
import { anyText, choice, day, duration, flag, folderPath, instant, oneOf, text, urlPath, whole } from './leaves';

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

const backup = group({
  pointInTimeDays: whole(1, 35, 'days, the most that RDS offers').optional(),
  snapshotDays: whole(7, 36_500, 'days').optional(),
  lock: flag().optional(),
});

const databaseSize = {
  instanceClass: text(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "an instance class as RDS names it, for example 'db.t4g.medium'"),
  storageGb: whole(20, 65_536, 'GiB'),
  maxStorageGb: whole(20, 65_536, 'GiB'),
  multiAz: flag(),
  deletionProtection: flag(),
  backup,
};

const traffic = group({ percent: whole(1, 100, 'percent'), hold: duration(0, DAY).default(0) });

const waiver = group({
  cve: text(/^CVE-\d{4}-\d{4,}$/, "a CVE's id, for example 'CVE-2026-12345'"),
  reason: anyText('a reason that an auditor understands'),
  expires: day(),
});

const smokeCheck = group({ path: urlPath(), status: whole(100, 599).optional(), contains: anyText().optional() });

/** CloudWatch takes 10, 30 or multiples of 60 seconds; an alarm on load balancer metrics sees one value a minute. */
function threshold(defaultThreshold: number) {
  const allowed = "'10s', '30s' or whole minutes up to '1h'";
  return group({
    threshold: whole(1, 1_000_000).default(defaultThreshold),
    period: duration(10, HOUR)
      .refine((s) => s === 10 || s === 30 || s % MINUTE === 0, { error: allowed })
      .default(MINUTE),
    evaluationPeriods: whole(1, 10).default(1),
  });
}

const environment = group({
  name: text(NAME, NAME_WORDS),
  account: text(/^\d{12}$/, 'an account id, twelve digits in quotes').optional(),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region's name, for example 'eu-central-1'").optional(),
  production: flag().optional(),
  strategy: choice('blue-green', 'rolling').default('blue-green'),
  approval: group({
    required: flag().optional(),
    allowRequester: flag().default(false),
    timeout: duration(5 * MINUTE, 30 * DAY).default(72 * HOUR),
  }).prefault({}),
  traffic: list(traffic).min(1, { error: 'at least one step' }).optional(),
  bake: duration(0, DAY).default(10 * MINUTE),
  revertWindow: duration(MINUTE, 7 * DAY).default(HOUR),
  scan: group({
    failOn: choice(...SEVERITIES).default('HIGH'),
    waivers: list(waiver).default([]),
    timeout: duration(MINUTE, 6 * HOUR).default(10 * MINUTE),
  }).prefault({}),
  freeze: list(group({ from: instant(), to: instant(), reason: anyText('a reason, shown to who is stopped') })).default(
    [],
  ),
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
  }).prefault({}),
  snapshotBeforeMigration: flag().optional(),
  snapshotTimeout: duration(5 * MINUTE, 12 * HOUR).default(HOUR),
  requireRollback: flag().default(false),
  readOnlyDuringMigrations: choice('never', 'contract', 'always').default('never'),
  database: group(databaseSize).partial().optional(),
  domain: group({
    name: text(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a domain name, for example 'notes.example.com'"),
    certificateArn: text(
      /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
      'the ARN of a certificate in us-east-1, the only region that CloudFront reads',
    ),
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
});

const container = group({
  name: text(/^[a-zA-Z0-9_-]{1,255}$/, 'letters, digits, hyphens and underscores').default('app'),
  port: whole(1024, 65_535, '(the application does not run as root)').default(8080),
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
  environments: list(environment).min(1, { error: 'at least one environment' }),
});

/** The options after the schema: of the right form, durations in seconds, independent defaults filled in. */
export type Checked = z.output<typeof schema>;
export type CheckedEnvironment = Checked['environments'][number];
