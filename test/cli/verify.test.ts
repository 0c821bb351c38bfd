import { CliError } from '../../cli/exit';
import type { Machine } from '../../cli/machine';
import type { Verification } from '../../lambda/domain/checks';
import type { ReleasePlan } from '../../lambda/domain/release-plan';
import { cloudWith, CONFIG, FakeCloud, greenroom, PLACES } from './world';

const VERIFICATION: Verification = {
  environment: 'production',
  version: 'v1.2.0',
  at: '2026-11-21T12:00:00.000Z',
  groups: [
    { name: 'environment', checks: [{ name: 'hold', result: 'ok', message: 'releases are let in' }] },
    {
      name: 'tasks',
      checks: [
        { name: 'roles', result: 'failed', message: 'missing:\n task', mend: 'deploy the fleet stack again' },
        { name: 'subnets', result: 'warning', message: '3 free', mend: 'use larger ones' },
        { name: 'log groups', result: 'skipped', message: 'none' },
      ],
    },
  ],
  ready: false,
};

describe('verify', () => {
  test('prints a tree with a mark a line, and below what is not well what to do', async () => {
    const { out, err, code } = await greenroom(['verify', 'v1.2.0'], {
      cloud: cloudWith({ 'verify-release': VERIFICATION }),
    });
    expect(out).toEqual([
      'notes in production',
      '├─ environment',
      '│  └─ ✓ hold  releases are let in',
      '└─ tasks',
      '   ├─ ✗ roles       missing: task',
      '   │      → deploy the fleet stack again',
      '   ├─ ! subnets     3 free',
      '   │      → use larger ones',
      '   └─ - log groups  none',
    ]);
    expect(err).toEqual(['1 well, 1 to look at, 1 failed']);
    expect(code).toBe(1);
  });

  test('as JSON prints what was found; with nothing failed it ends well', async () => {
    const found = { ...VERIFICATION, ready: true };
    const { out, code } = await greenroom(['verify', '--json'], { cloud: cloudWith({ 'verify-release': found }) });
    expect(JSON.parse(out.join('\n'))).toEqual(found);
    expect(code).toBe(0);
  });
});

const PLAN: ReleasePlan = {
  environment: 'production',
  version: 'v1.2.0',
  digest: 'sha256:abc',
  stops: [],
  scan: { failOn: 'HIGH', status: 'passed', counts: { LOW: 2 }, grave: [] },
  migrations: {
    pending: 1,
    verdict: 'expand',
    changesets: ['a.sql::1::ann'],
    withoutRollback: 1,
    database: { applied: 4, drift: [], unknown: [], lock: null },
    explained: [
      {
        changeset: 'a.sql::1::ann',
        place: 'a.sql:3',
        verdict: 'expand',
        findings: [],
        sql: ['ALTER TABLE notes\n  ADD COLUMN pinned boolean'],
        rollback: null,
      },
    ],
    refused: [],
  },
  snapshot: true,
  deployment: {
    color: 'green',
    tasks: 3,
    changes: [
      { what: 'cpu', before: '256', after: '512' },
      { what: 'app: variable NEW', before: null, after: 'x' },
      { what: 'app: variable OLD', before: 'y', after: null },
    ],
  },
  approvers: 1,
  traffic: [
    { percent: 25, checks: 4 },
    { percent: 100, checks: 0 },
  ],
  bakeChecks: 40,
  revertWindowMinutes: 60,
  turn: { holder: 'v1.1.0-abc', waiting: 1 },
};

describe('plan', () => {
  test('says what would happen, with the SQL, the differences and the waits', async () => {
    const cloud = cloudWith({ 'verify-release': PLAN });
    const { out, code } = await greenroom(['plan', 'v1.2.0'], { cloud });
    const text = out.join('\n');
    for (const part of [
      'v1.2.0 to notes in production',
      'scan: 2 LOW, none at or above HIGH',
      'a snapshot of the database is made first',
      'a.sql::1::ann (a.sql:3): expand, without a word about its rollback',
      '      ALTER TABLE notes\n        ADD COLUMN pinned boolean;',
      '3 task(s) on green',
      '~ cpu: 256 → 512',
      '+ app: variable NEW: x',
      '- app: variable OLD: y',
      'waits for v1.1.0-abc, which has the turn (1 wait already)',
      '1 approval(s)',
      'traffic: 25 % for 1 min, 100 %',
      'alarms are watched for 10 min more',
      'the version before stays warm for 1 h',
      'Nothing would stop it now.',
    ]) {
      expect(text).toContain(part);
    }
    expect(code).toBe(0);
    expect(cloud.changes).toEqual([]);
  });

  test.each<[string, Partial<ReleasePlan>, string]>([
    [
      'findings',
      { scan: { failOn: 'HIGH', status: 'findings', counts: { HIGH: 1 }, grave: ['CVE-1 (HIGH)'] } },
      'at or above HIGH: CVE-1 (HIGH)',
    ],
    [
      'a scan that is under way',
      { scan: { failOn: 'HIGH', status: 'pending', grave: [] } },
      'a release waits for them',
    ],
    ['no scan', { scan: { failOn: 'HIGH', status: 'unavailable', grave: [] } }, 'cannot be judged'],
    ['no planner', { migrations: null }, 'not known'],
    ['one fleet', { traffic: [], bakeChecks: 0, revertWindowMinutes: 0, approvers: 0 }, 'task by task'],
  ])('says so of %s', async (_what, change, words) => {
    const { out } = await greenroom(['plan', 'v1.2.0'], {
      cloud: cloudWith({ 'verify-release': { ...PLAN, ...change } }),
    });
    expect(out.join('\n')).toContain(words);
  });

  test('what would stop it is said last, and ends with an error', async () => {
    const stops = ['UnsafeMigration: drops a column', 'ops holds releases'];
    const { out, code } = await greenroom(['plan', 'v1.2.0'], {
      cloud: cloudWith({ 'verify-release': { ...PLAN, stops } }),
    });
    expect(out.slice(-3)).toEqual(['It would be stopped:', ...stops.map((stop) => `  ✗ ${stop}`)]);
    expect(code).toBe(1);
  });
});

describe('doctor', () => {
  const machine: Machine = {
    node: '24.1.0',
    run: (program) => `${program} 1.0`,
    installed: () => '2.1148.1',
    pinned: () => '2.1148.1',
  };
  const STACKS = ['network', 'registry', 'database', 'fleet', 'edge', 'release', 'operations'];
  function deployed(): FakeCloud {
    const cloud = cloudWith({ places: PLACES });
    const complete = { status: 'UPDATE_COMPLETE', account: '111122223333', region: 'eu-central-1' };
    for (const name of ['CDKToolkit', 'us-east-1 CDKToolkit', ...STACKS.map((each) => `notes-production-${each}`)]) {
      cloud.stacks.set(name, complete);
    }
    return cloud;
  }
  const examine = (cloud: FakeCloud, world = {}) =>
    greenroom(['doctor'], {
      cloud,
      world: { machine, loadConfig: async () => ({ ...CONFIG, warnings: [] }), ...world },
    });

  test('finds nothing where everything is well', async () => {
    const { out, err, code } = await examine(deployed());
    expect(out.join('\n')).toMatch(/✓ credentials and region\s+account 111122223333, eu-central-1/);
    expect(err).toEqual([expect.stringMatching(/^\d+ well, 0 to look at, 0 failed$/)]);
    expect(code).toBe(0);
  });

  const without = (name: string) => {
    const cloud = deployed();
    cloud.stacks.delete(name);
    return cloud;
  };
  const broken = deployed();
  broken.stacks.set('notes-production-fleet', { status: 'UPDATE_ROLLBACK_FAILED', account: '1', region: 'x' });

  test.each<[string, () => ReturnType<typeof examine>, RegExp, number]>([
    [
      'an old Node.js',
      () => examine(deployed(), { machine: { ...machine, node: '18.0.0' } }),
      /✗ Node\.js.*\n.*→ use Node\.js 22/,
      1,
    ],
    [
      'another CDK CLI',
      () => examine(deployed(), { machine: { ...machine, installed: () => '3.0.0' } }),
      /✗ CDK CLI.*3\.0\.0.*2\.1148\.1.*\n.*→ npm ci/,
      1,
    ],
    [
      'no Docker',
      () => examine(deployed(), { machine: { ...machine, run: () => undefined } }),
      /! Docker.*\n.*→ start Docker/,
      0,
    ],
    [
      'no credentials, in one line',
      () => examine(Object.assign(deployed(), { describeStack: () => Promise.reject(new CliError('sign in')) })),
      /✗ credentials and region +sign in\n.*\n.*- bootstrap +not asked\n[^✗]*$/,
      1,
    ],
    ['no bootstrap', () => examine(without('CDKToolkit')), /✗ bootstrap .*\n.*→ npx cdk bootstrap/, 1],
    ['no bootstrap for the firewall', () => examine(without('us-east-1 CDKToolkit')), /✗ bootstrap of us-east-1/, 1],
    [
      'a stack that is not deployed',
      () => examine(without('notes-production-edge')),
      /✗ notes-production-edge.*\n.*→ npx cdk deploy notes-production-edge/,
      1,
    ],
    ['a stack that is broken', () => examine(broken), /✗ notes-production-fleet +UPDATE_ROLLBACK_FAILED/, 1],
    [
      'a configuration that is wrong',
      () =>
        examine(deployed(), {
          loadConfig: () => Promise.reject(Object.assign(new Error('container.cpu: got 3'), { name: 'ConfigError' })),
        }),
      /✗ greenroom\.config\.ts +container\.cpu: got 3\n.*→ mend what it names\n.*- environment/,
      1,
    ],
    [
      'warnings of the configuration',
      () =>
        examine(deployed(), { loadConfig: async () => ({ ...CONFIG, warnings: [{ path: 'a', message: 'look' }] }) }),
      /! greenroom\.config\.ts +a: look/,
      0,
    ],
    [
      'no local mode',
      () => greenroom(['doctor', '--local'], { world: { machine } }),
      /✗ environment +no local mode runs/,
      1,
    ],
  ])('finds %s', async (_what, run, words, code) => {
    const ran = await run();
    expect(ran.out.join('\n')).toMatch(words);
    expect(ran.code).toBe(code);
  });
});

test('status shows what the drift guard found', async () => {
  const difference = { name: 'runs-another-release', severity: 'dangerous', meaning: 'blue runs v0', mend: 'revert' };
  const status = {
    route: null,
    turn: { holder: null, waiting: [] },
    hold: null,
    frozen: null,
    live: null,
    releases: [],
  };
  const { out } = await greenroom(['status'], {
    cloud: cloudWith({ status: { ...status, drift: { differences: [difference] } } }),
  });
  expect(out).toContain('  DANGEROUS: runs-another-release: blue runs v0; revert');
});
