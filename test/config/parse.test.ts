import { ConfigError, parseConfig, type GreenroomConfig } from '../../lib/config';

const NOW = new Date('2026-06-15T12:00:00Z');

/** Options that are right; `change` may spoil them. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests put in what the types forbid
function optionsWith(change: (options: any) => void = () => {}): unknown {
  const options = {
    application: { name: 'notes' },
    repository: { github: { owner: 'acme', repo: 'notes', repositoryId: '42' } },
    container: {},
    database: { engine: 'postgres' },
    environments: [
      { name: 'dev' },
      { name: 'production', database: { backup: { copies: [{ region: 'eu-west-1' }] } } },
    ],
  };
  change(options);
  return options;
}

function linesOf(options: unknown): string[] {
  try {
    parseConfig(options, NOW);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests put in what the types forbid
type Case = [name: string, change: (options: any) => void, line: string];

describe('an option of the wrong form', () => {
  it.each<Case>([
    [
      'a missing option',
      (o) => delete o.application.name,
      'application.name: missing; allowed: lower-case letters, digits and single hyphens, a letter first',
    ],
    ['a missing group', (o) => delete o.database, 'database: missing; allowed: an object with options'],
    [
      'a word that is none',
      (o) => (o.database.engine = 'oracle'),
      `database.engine: got "oracle"; allowed: 'postgres' or 'mysql'`,
    ],
    [
      'a number out of bounds',
      (o) => (o.environments[1].traffic = [{ percent: 150 }]),
      'environments[1].traffic[0].percent: got 150; allowed: a whole number from 1 to 100 percent',
    ],
    [
      'a fraction',
      (o) => (o.environments[0].size = { min: 1.5 }),
      'environments[0].size.min: got 1.5; allowed: a whole number from 1 to 1000 tasks',
    ],
    [
      'a number for a duration',
      (o) => (o.environments[0].bake = 600),
      "environments[0].bake: got 600; allowed: a duration from '0s' to '1d', for example '90s', '10m' or '1h'",
    ],
    [
      'a duration that is too long',
      (o) => (o.environments[0].pollInterval = '10m'),
      `environments[0].pollInterval: got "10m"; allowed: a duration from '5s' to '5m', for example '90s', '10m' or '1h'`,
    ],
    [
      'a period that CloudWatch does not have',
      (o) => (o.environments[0].alarms = { errors5xx: { period: '90s' } }),
      `environments[0].alarms.errors5xx.period: got "90s"; allowed: '10s', '30s' or whole minutes up to '1h'`,
    ],
    [
      'a day that does not exist',
      (o) =>
        (o.environments[0].scan = { waivers: [{ cve: 'CVE-2026-12345', reason: 'unused', expires: '2026-02-31' }] }),
      `environments[0].scan.waivers[0].expires: got "2026-02-31"; allowed: a day of the calendar as 'YYYY-MM-DD'`,
    ],
    [
      'a time without zone',
      (o) => (o.environments[0].freeze = [{ from: '2026-12-24T00:00', to: '2026-12-27T00:00Z', reason: 'holidays' }]),
      `environments[0].freeze[0].from: got "2026-12-24T00:00"; allowed: a time with zone, for example '2026-12-24T00:00:00+01:00'`,
    ],
    [
      'a provider whose tokens travel in the open',
      (o) => (o.environments[1].console = { provider: { issuer: 'http://login.example.com', clientId: 'a' } }),
      `environments[1].console.provider.issuer: got "http://login.example.com"; allowed: an issuer's address, for example 'https://login.example.com/realms/staff'`,
    ],
    [
      'a certificate of another region',
      (o) =>
        (o.environments[1].domain = {
          name: 'notes.example.com',
          certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1',
        }),
      'environments[1].domain.certificateArn: got "arn:aws:acm:eu-west-1:111122223333:certificate/1"; allowed: the ARN of a certificate in us-east-1, the only region that CloudFront reads',
    ],
    ['an empty list', (o) => (o.environments = []), 'environments: got []; allowed: at least one environment'],
    [
      'an account that lost its zeros',
      (o) => (o.environments[0].account = 12345),
      'environments[0].account: got 12345; allowed: an account id, twelve digits in quotes',
    ],
  ])('%s', (_, change, line) => {
    expect(linesOf(optionsWith(change))).toEqual([line]);
  });

  it('that is not even an object', () => {
    expect(linesOf(3)).toEqual(['the configuration: got 3; allowed: an object with options']);
  });

  it('is reported once each, all at once', () => {
    const options = optionsWith((o) => {
      o.application.name = 'Notes';
      o.container.port = 80;
      o.environments[0].strategy = 'canary';
    });
    expect(linesOf(options).map((line) => line.split(':')[0])).toEqual([
      'application.name',
      'container.port',
      'environments[0].strategy',
    ]);
  });

  it('never shows the value of an environment variable', () => {
    const options = optionsWith((o) => (o.container.environment = { TOKEN: ['hunter2'] }));
    expect(linesOf(options)).toEqual(['container.environment.TOKEN: got a object; allowed: text']);
  });
});

describe('an unknown option', () => {
  it.each<Case>([
    ['at the top', (o) => (o.enviroments = []), 'enviroments: unknown option; did you mean "environments"? allowed: '],
    ['in a group', (o) => (o.container.prot = 1), 'container.prot: unknown option; did you mean "port"? allowed: '],
    [
      'in a list',
      (o) => (o.environments[1].aproval = {}),
      'environments[1].aproval: unknown option; did you mean "approval"? allowed: ',
    ],
    [
      'in a group with defaults',
      (o) => (o.environments[0].size = { mni: 1 }),
      'environments[0].size.mni: unknown option; did you mean "min"? allowed: min, max, targetCpuPercent',
    ],
    [
      'in a list of a list',
      (o) => (o.environments[0].traffic = [{ percent: 100, Hold: '1m' }]),
      'environments[0].traffic[0].Hold: unknown option; did you mean "hold"? allowed: percent, hold',
    ],
    ['like nothing known', (o) => (o.database.hostname = 'x'), 'database.hostname: unknown option; allowed: '],
  ])('%s', (_, change, start) => {
    const lines = linesOf(optionsWith(change));
    expect(lines).toEqual([expect.stringContaining(start)]);
    expect(lines[0]?.startsWith(start)).toBe(true);
  });
});

describe('options that do not fit together', () => {
  it.each<Case>([
    [
      'traffic that falls',
      (o) => (o.environments[1].traffic = [{ percent: 50, hold: '1m' }, { percent: 25, hold: '1m' }, { percent: 100 }]),
      'environments[1].traffic[1].percent: got 25; allowed: more than the step before, which is 50',
    ],
    [
      'traffic that does not reach the end',
      (o) => (o.environments[1].traffic = [{ percent: 50 }]),
      'environments[1].traffic[0].percent: got 50; allowed: 100 for the last step',
    ],
    [
      'a last step that waits',
      (o) => (o.environments[1].traffic = [{ percent: 100, hold: '1m' }]),
      'environments[1].traffic[0].hold: got "1m"; allowed: none on the last step, "bake" follows it',
    ],
    [
      'steps without two fleets',
      (o) => Object.assign(o.environments[0], { strategy: 'rolling', traffic: [{ percent: 5 }, { percent: 100 }] }),
      'environments[0].traffic: a rolling environment has one fleet and no steps; leave it out',
    ],
    [
      'a bake that outlives the way back',
      (o) => Object.assign(o.environments[1], { bake: '1h', revertWindow: '60m' }),
      'environments[1].bake: got "1h"; allowed: less than revertWindow, which is 1h',
    ],
    [
      'memory that Fargate does not offer for the cpu',
      (o) => Object.assign(o.container, { cpu: 1024, memory: 1024 }),
      'container.memory: got 1024; allowed: 2048 to 8192 in steps of 1024 with cpu 1024',
    ],
    [
      'memory between two steps',
      (o) => Object.assign(o.container, { cpu: 8192, memory: 18432 }),
      'container.memory: got 18432; allowed: 16384 to 61440 in steps of 4096 with cpu 8192',
    ],
    [
      'memory of the smallest task',
      (o) => Object.assign(o.container, { cpu: 256, memory: 4096 }),
      'container.memory: got 4096; allowed: 512, 1024 or 2048 with cpu 256',
    ],
    [
      'a version of the other engine',
      (o) => (o.database = { engine: 'mysql', version: '17' }),
      `database.version: got "17"; allowed: mysql '8.0' or '8.4', or a full version such as '8.4.8'`,
    ],
    [
      'half a version of MySQL',
      (o) => (o.database = { engine: 'mysql', version: '8' }),
      `database.version: got "8"; allowed: mysql '8.0' or '8.4', or a full version such as '8.4.8'`,
    ],
    [
      'an old PostgreSQL',
      (o) => (o.database.version = '9.6'),
      `database.version: got "9.6"; allowed: postgres '14' to '18', or a full version such as '17.6'`,
    ],
    [
      "a name of the engine's own",
      (o) => (o.database.name = 'template1'),
      'database.name: got "template1"; allowed: a name that postgres does not keep to itself',
    ],
    [
      'storage that would have to shrink',
      (o) => (o.environments[0].database = { storageGb: 200, maxStorageGb: 100 }),
      'environments[0].database.maxStorageGb: got 100; allowed: at least storageGb, which is 200',
    ],
    [
      'two environments of one name',
      (o) => o.environments.push({ name: 'dev' }),
      'environments[2].name: "dev" is also environments[0]; names are unique',
    ],
    [
      'names too long for a load balancer',
      (o) => (o.environments[1].name = 'production-of-the-company'),
      `environments[1].name: "notes-production-of-the-company-green" has 37 characters, a load balancer's name may have 32; shorten the application's or the environment's name`,
    ],
    [
      'a name that AWS keeps to itself',
      (o) => (o.application.name = 'internal-notes'),
      'application.name: got "internal-notes"; allowed: a name that does not begin with "internal-", which AWS keeps to itself',
    ],
    [
      'an account without its region',
      (o) => (o.environments[0].account = '111122223333'),
      'environments[0].region: missing; it must be given together with account',
    ],
    [
      'two identity providers in an account',
      (o) => (o.environments[1].githubProvider = 'create'),
      `environments[1].githubProvider: got "create"; allowed: 'existing': environments[0] makes the one of this account`,
    ],
    [
      'a freeze that ends before it begins',
      (o) => (o.environments[0].freeze = [{ from: '2026-12-27T00:00Z', to: '2026-12-24T00:00Z', reason: 'holidays' }]),
      'environments[0].freeze[0].to: got "2026-12-24T00:00Z"; allowed: a time after from, which is 2026-12-27T00:00Z',
    ],
    [
      'more at least than at most',
      (o) => (o.environments[0].size = { min: 5, max: 2 }),
      'environments[0].size.max: got 2; allowed: at least size.min, which is 5',
    ],
  ])('%s', (_, change, line) => {
    expect(linesOf(optionsWith(change))).toEqual([line]);
  });

  it('a release whose history would not fit', () => {
    const options = optionsWith((o) =>
      Object.assign(o.environments[0], { pollInterval: '5s', snapshotTimeout: '12h', bake: '30m' }),
    );
    expect(linesOf(options)).toEqual([
      expect.stringMatching(/^environments\[0\]\.pollInterval: .* history events, 20000 fit/),
    ]);
  });
});

describe('production', () => {
  it.each<Case>([
    [
      'has a standby instance',
      (e) => (e.database = { multiAz: false }),
      'database.multiAz: got false; allowed: true in production',
    ],
    [
      'is protected',
      (e) => (e.database = { deletionProtection: false }),
      'database.deletionProtection: got false; allowed: true in production',
    ],
    [
      'can be restored for 35 days',
      (e) => (e.database = { backup: { pointInTimeDays: 7 } }),
      'database.backup.pointInTimeDays: got 7; allowed: 35 in production',
    ],
    [
      'keeps monthly snapshots for three years',
      (e) => (e.database = { backup: { monthlyDays: 1095 } }),
      'database.backup.monthlyDays: got 1095; allowed: at least 1096 (three years) in production',
    ],
    [
      'keeps monthly copies for three years',
      (e) => (e.database = { backup: { copies: [{ region: 'eu-west-1', monthlyDays: 365 }] } }),
      'database.backup.copies[0].monthlyDays: got 365; allowed: at least 1096 (three years) in production',
    ],
    [
      'locks its backups',
      (e) => (e.database = { backup: { lock: 'none' } }),
      `database.backup.lock: got "none"; allowed: 'governance' or 'compliance' in production`,
    ],
    [
      'tries its backups',
      (e) => (e.database = { backup: { restoreTest: 'never' } }),
      `database.backup.restoreTest: got "never"; allowed: 'daily', 'weekly' or 'monthly' in production`,
    ],
    ['has two tasks', (e) => (e.size = { min: 1 }), 'size.min: got 1; allowed: at least 2 in production'],
  ])('%s', (_, change, line) => {
    expect(linesOf(optionsWith((o) => change(o.environments[1])))).toEqual([`environments[1].${line}`]);
  });

  it('may have another name', () => {
    const options = optionsWith((o) => Object.assign(o.environments[0], { production: true, size: { min: 1 } }));
    expect(linesOf(options)).toEqual(['environments[0].size.min: got 1; allowed: at least 2 in production']);
  });
});

describe('backups', () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests put in what the types forbid
  const backup = (given: any, more: any = {}) =>
    optionsWith((o) => Object.assign(o.environments[0], { database: { backup: given } }, more));
  const here = { account: '111111111111', region: 'eu-central-1' };

  it.each([
    [
      'a month that is kept for less than a day',
      { dailyDays: 60 },
      {},
      'environments[0].database.backup.monthlyDays: got 35; allowed: at least dailyDays, which is 60',
    ],
    [
      'compliance without a time in which it can be taken back',
      { lock: 'compliance' },
      {},
      'environments[0].database.backup.lockChangeableForDays: missing: with lock "compliance" nobody, the root user and AWS included, can delete a backup or take the lock away once these days are over; say how many, at least 3',
    ],
    [
      'such a time that AWS does not take',
      { lock: 'compliance', lockChangeableForDays: 2 },
      {},
      'environments[0].database.backup.lockChangeableForDays: got 2; allowed: a whole number from 3 to 36499 days, from the deployment on',
    ],
    [
      'such a time without compliance, which would be compliance',
      { lock: 'governance', lockChangeableForDays: 30 },
      {},
      'environments[0].database.backup.lockChangeableForDays: got 30; allowed: nothing without lock "compliance"',
    ],
    [
      'a copy to another account in another region',
      { copies: [{ account: '222222222222', region: 'eu-west-1' }] },
      here,
      'environments[0].database.backup.copies[0]: takes a region or an account: AWS Backup copies snapshots of RDS to one or the other in one step; give two entries for both',
    ],
    [
      'a copy to nowhere',
      { copies: [{}] },
      {},
      'environments[0].database.backup.copies[0]: takes a region or an account: AWS Backup copies snapshots of RDS to one or the other in one step; give two entries for both',
    ],
    [
      'a copy to where the original is',
      { copies: [{ region: 'eu-central-1' }] },
      here,
      `environments[0].database.backup.copies[0]: "eu-central-1" is the environment's own; name another one`,
    ],
    [
      'two copies at one place',
      { copies: [{ region: 'eu-west-1' }, { region: 'eu-west-1', dailyDays: 9 }] },
      {},
      'environments[0].database.backup.copies[1]: "eu-west-1" has a copy already; give it once',
    ],
    [
      'a copy to another account from an unknown one',
      { copies: [{ account: '222222222222' }] },
      {},
      'environments[0].account: missing; a copy to another account needs it, since that account lets this one in',
    ],
    [
      'a copy whose month is kept for less than its day',
      { copies: [{ region: 'eu-west-1', dailyDays: 90, monthlyDays: 30 }] },
      {},
      'environments[0].database.backup.copies[0].monthlyDays: got 30; allowed: at least dailyDays, which is 90',
    ],
  ])('refuse %s', (_, given, more, line) => {
    expect(linesOf(backup(given, more))).toEqual([line]);
  });

  it.each([
    ['production', 1, 'empties the database with each release: there is no such option in production'],
    ['two colors', 0, "takes the live color's tables away: it is there with strategy 'rolling' only"],
  ])('are not all that stands between a wipe and the data of %s', (_, index, message) => {
    const options = optionsWith((o) => (o.environments[index].wipeDatabase = true));
    expect(linesOf(options)).toEqual([`environments[${index}].wipeDatabase: ${message}`]);
    const rolling = optionsWith((o) => Object.assign(o.environments[0], { wipeDatabase: true, strategy: 'rolling' }));
    expect(linesOf(rolling)).toEqual([]);
  });

  it('that nobody can delete any more are warned of loudly, and a production without a copy', () => {
    const given = { lock: 'compliance', lockChangeableForDays: 30 };
    const options = optionsWith((o) => (o.environments[1].database = { backup: given }));
    expect(parseConfig(options, NOW).warnings).toEqual([
      {
        path: 'environments[1].database.backup.copies',
        message: 'no copy in a second region: who loses the region loses the data; add { region }',
      },
      {
        path: 'environments[1].database.backup.lock',
        message:
          '"compliance" cannot be undone: 30 days after the deployment nobody, the root user and AWS included, can delete a backup before its time, for up to 1096 days, nor stop paying for it',
      },
    ]);
  });

  it('have copies that are kept as the original is, one by one', () => {
    const { environments } = parseConfig(backup({ copies: [{ region: 'eu-west-1', dailyDays: 3 }] }), NOW);
    expect(environments[0]?.database.backup.copies).toEqual([{ region: 'eu-west-1', dailyDays: 3, monthlyDays: 35 }]);
  });
});

describe('time', () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests put in what the types forbid
  const warningsOf = (change: (options: any) => void) => parseConfig(optionsWith(change), NOW).warnings;
  const waiver = (expires: string) => ({
    failOn: 'HIGH',
    waivers: [{ cve: 'CVE-2026-12345', reason: 'not reached', expires }],
  });

  it.each([
    ['2026-06-14', 'the waiver of CVE-2026-12345 expired on 2026-06-14 and counts no more; remove or renew it'],
    ['2026-06-15', 'the waiver of CVE-2026-12345 ends in 1 days'],
    ['2026-06-20', 'the waiver of CVE-2026-12345 ends in 6 days'],
  ])('a waiver until %s warns, and stops no synthesis', (expires, message) => {
    const warnings = warningsOf((o) => (o.environments[1].scan = waiver(expires)));
    expect(warnings).toEqual([{ path: 'environments[1].scan.waivers[0].expires', message }]);
  });

  it('a waiver with time left says nothing', () => {
    expect(warningsOf((o) => (o.environments[1].scan = waiver('2026-08-01')))).toEqual([]);
  });

  it('a freeze that is over warns', () => {
    const freeze = [{ from: '2026-06-01T00:00Z', to: '2026-06-02T00:00Z', reason: 'fair' }];
    expect(warningsOf((o) => (o.environments[1].freeze = freeze))).toEqual([
      { path: 'environments[1].freeze[0]', message: 'is over since 2026-06-02T00:00Z; remove it' },
    ]);
  });

  it('a repository without its number warns, since a name can change hands', () => {
    const warnings = warningsOf((o) => delete o.repository.github.repositoryId);
    expect(warnings.map(({ path }) => path)).toEqual(['repository.github.repositoryId']);
  });
});

describe('defaults', () => {
  const config: GreenroomConfig = parseConfig(optionsWith(), NOW);
  const [dev, production] = config.environments;

  it('of the application', () => {
    expect(config.container).toEqual({
      name: 'app',
      port: 8080,
      additionalPorts: [],
      cpu: 512,
      memory: 1024,
      livenessPath: '/livez',
      assetPaths: ['/assets/', '/static/'],
      readinessPath: '/readyz',
      environment: {},
      stopTimeout: 45,
    });
    expect(config.repository.name).toBe('notes');
  });

  it('are safe in production and cheap elsewhere', () => {
    expect(production).toMatchObject({
      production: true,
      approval: { required: true, approvers: 1, allowRequester: false, acceptClaims: false },
      size: { min: 2, max: 8 },
      snapshotBeforeMigration: true,
      database: {
        multiAz: true,
        backup: {
          pointInTimeDays: 35,
          dailyDays: 35,
          monthlyDays: 1096,
          releaseDays: 90,
          lock: 'governance',
          copies: [{ region: 'eu-west-1', dailyDays: 35, monthlyDays: 1096 }],
          restoreTest: 'weekly',
        },
      },
    });
    expect(dev).toMatchObject({
      production: false,
      approval: { required: false },
      size: { min: 1, max: 4 },
      snapshotBeforeMigration: false,
      database: { multiAz: false, deletionProtection: true, backup: { lock: 'none', restoreTest: 'never' } },
    });
  });

  it('are durations in seconds', () => {
    expect(production).toMatchObject({
      bake: 600,
      revertWindow: 3600,
      pollInterval: 15,
      approval: { timeout: 259_200 },
    });
  });

  it('follow other options', () => {
    const changed = parseConfig(
      optionsWith((o) => {
        o.application.name = 'my-notes';
        o.container.readinessPath = '/ready';
        o.environments[0].database = { storageGb: 50 };
      }),
      NOW,
    );
    expect(changed.environments[0]).toMatchObject({
      smoke: [{ path: '/ready' }],
      database: { name: 'my_notes', storageGb: 50, maxStorageGb: 100 },
    });
  });

  it('make one identity provider for each account', () => {
    const accounts = ['111111111111', '111111111111', '222222222222'];
    const environments = accounts.map((account, i) => ({ name: `e${i}`, account, region: 'eu-west-1' }));
    const made = parseConfig(
      optionsWith((o) => (o.environments = environments)),
      NOW,
    );
    expect(made.environments.map(({ githubProvider }) => githubProvider)).toEqual(['create', 'existing', 'create']);
  });

  it("give way to an environment's own options, one by one", () => {
    const changed = parseConfig(
      optionsWith((o) => {
        o.database.backup = { monthlyDays: 2000 };
        o.environments[1].database = { backup: { dailyDays: 60 }, instanceClass: 'db.m7g.large' };
      }),
      NOW,
    );
    expect(changed.environments[1]?.database).toMatchObject({
      instanceClass: 'db.m7g.large',
      backup: { pointInTimeDays: 35, dailyDays: 60, monthlyDays: 2000, lock: 'governance' },
    });
  });
});
