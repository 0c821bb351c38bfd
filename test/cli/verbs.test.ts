import { CliError } from '../../cli/exit';
import { releaseId } from '../../cli/verbs/release';
import { ConfigError } from '../../lib/config';
import { cloudWith, FakeCloud, greenroom, RECORD, RELEASE, STATUS } from './world';

describe('what a changing verb sends', () => {
  const until = '2026-11-21T14:00:00.000Z';
  test.each<[string[], string, object]>([
    [['resume'], 'operate', { action: 'resume' }],
    [['resume', '--claim'], 'operate', { action: 'resume', by: 'ann' }],
    [['unfreeze'], 'operate', { action: 'unfreeze' }],
    [['freeze', '--reason', 'fair', '--for', '2h'], 'operate', { action: 'freeze', reason: 'fair', until }],
    [
      ['freeze', '--reason', 'fair', '--until', '2026-11-21T15:00:00+01:00'],
      'operate',
      { action: 'freeze', reason: 'fair', until },
    ],
    [
      ['freeze', '--exempt', 'v1.1.0', '--reason', 'fix'],
      'operate',
      { action: 'exempt', version: 'v1.1.0', reason: 'fix' },
    ],
    [
      ['freeze', '--exempt', 'v1.1.0', '--reason', 'fix', '--for', '2h'],
      'operate',
      { action: 'exempt', version: 'v1.1.0', reason: 'fix', until },
    ],
    [['cancel', RELEASE, '--reason', 'no'], 'operate', { action: 'cancel', release: RELEASE, reason: 'no' }],
    [
      ['maintenance', 'read-only', '--reason', 'disk'],
      'operate',
      { action: 'maintenance', maintenance: 'read-only', reason: 'disk' },
    ],
    [['approve', RELEASE], 'decide', { release: RELEASE, decision: 'approve' }],
    [['reject', RELEASE, '--reason', 'no'], 'decide', { release: RELEASE, decision: 'reject', reason: 'no' }],
    [['release', 'v1.1.0', '--no-watch'], 'start', { version: 'v1.1.0', actor: 'ann' }],
  ])('%j', async (args, call, payload) => {
    const cloud = new FakeCloud();

    const { code } = await greenroom([...args, '--yes'], { cloud });

    expect({ code, changes: cloud.changes }).toEqual({ code: 0, changes: [[call, payload]] });
  });

  test.each([['release'], ['migrate', 'update']])('an exemption is asked for before %s begins', async (...verb) => {
    const cloud = new FakeCloud();
    const args = [...verb, 'v1.1.0', '--no-watch', '--freeze-exemption', 'fix', '-y'];

    await greenroom(verb[0] === 'migrate' ? [...args, '--reason', 'now'] : args, { cloud });

    expect(cloud.changes[0]).toEqual(['operate', { action: 'exempt', version: 'v1.1.0', reason: 'fix' }]);
    expect(cloud.changes[1]).toEqual(['start', expect.not.objectContaining({ freezeExemption: 'fix' })]);
  });

  test('maintenance --dry-run says what it would do, and asks for no change', async () => {
    const cloud = cloudWith({ status: STATUS });

    const { code, out } = await greenroom(['maintenance', 'full', '--reason', 'disk', '--dry-run'], { cloud });

    expect({ code, changes: cloud.changes }).toEqual({ code: 0, changes: [] });
    expect(out.join()).toMatch(/maintenance off would become full/);
  });

  test.each<[string, number]>([
    ['y', 1],
    ['yes', 1],
    ['n', 0],
    ['', 0],
    ['yellow', 0],
  ])('a person who answers %j is taken at it', async (answer, changes) => {
    const cloud = new FakeCloud();

    const { code } = await greenroom(['resume'], { cloud, answer });

    expect([code, cloud.changes.length]).toEqual([changes === 1 ? 0 : 1, changes]);
  });
});

describe('who it is', () => {
  test.each<[string, string[], Record<string, string>, string | undefined, string]>([
    ['as given', ['--by', 'zoe'], { GITHUB_ACTOR: 'octocat', USER: 'ann' }, 'ann@example.org', 'zoe'],
    ["as GitHub's actor", [], { GITHUB_ACTOR: 'octocat', USER: 'ann' }, 'ann@example.org', 'octocat'],
    ["as git's e-mail address", [], { USER: 'ann' }, 'ann@example.org', 'ann@example.org'],
    ['as the user of the machine', [], { USER: 'ann' }, undefined, 'ann'],
  ])('is recorded %s', async (_how, args, env, email, by) => {
    const cloud = new FakeCloud();

    await greenroom(['resume', '-y', '--claim', ...args], { cloud, env, world: { gitEmail: () => email } });

    expect(cloud.changes).toEqual([['operate', { action: 'resume', by }]]);
  });
});

describe('status', () => {
  test('shows colors with versions, turn, hold and freeze', async () => {
    const { code, out } = await greenroom(['status'], { cloud: cloudWith({ status: STATUS }) });

    const text = out.join('\n');
    expect(code).toBe(0);
    expect(text).toMatch(/blue +75 % +v1\.0\.0 \(v1\.0\.0-old\)/);
    expect(text).toMatch(/green +25 % +v1\.1\.0 \(v1\.1\.0-abc\)/);
    expect(text).toMatch(/turn +v1\.1\.0-abc +waiting: v1\.2\.0-def/);
    expect(text).toMatch(/HELD by ops .*errors/);
    expect(text).toContain('FROZEN: frozen by ops');
    expect(text).toMatch(/v1\.1\.0-abc +v1\.1\.0 .*2 min +under way +ann/);
  });

  test.each([
    [
      'by whom and why',
      null,
      { maintenance: 'full', by: 'ops', reason: 'disk', at: '2026-11-21T10:00:00.000Z' },
      /full +by ops since 2026-11-21 10:00:00Z: disk/,
    ],
    ['for which migration', RELEASE, null, /full +until v1\.1\.0-abc has migrated/],
    [
      'without a name that belongs to another state',
      null,
      { maintenance: 'read-only', by: 'ops' },
      /maintenance +full$/m,
    ],
  ])('says maintenance %s', async (_what, readOnlyFor, maintenance, line) => {
    const route = { ...STATUS.route, maintenance: 'full', readOnlyFor };

    const { out } = await greenroom(['status'], { cloud: cloudWith({ status: { ...STATUS, route, maintenance } }) });

    expect(out.join('\n')).toMatch(line);
  });

  test('with --json prints exactly what the environment says', async () => {
    const { out } = await greenroom(['status', '--json'], { cloud: cloudWith({ status: STATUS }) });

    expect(JSON.parse(out.join('\n'))).toEqual(STATUS);
  });

  test('works before the first release, and with one fleet', async () => {
    const empty = { ...STATUS, route: null, live: null, hold: null, frozen: null, releases: [] };
    const nobody = { number: 0, holder: null, waiting: [] };

    const { code, out } = await greenroom(['status', '-e', 'dev'], {
      cloud: cloudWith({ status: { ...empty, turn: nobody } }),
    });

    expect(code).toBe(0);
    expect(out).toEqual(['notes in dev', '  live  nothing  no version has been released yet']);
  });
});

test.each(['status', 'history'])(
  '%s names the snapshot that a failed release left, however long its reason',
  async (verb) => {
    const reason = `MigrationFailed: ${'a changeset cannot be applied, '.repeat(12)}; the snapshot greenroom-v1-1-0-abc from before its migrations is kept`;
    const releases = [{ ...RECORD, outcome: 'failed', endedAt: '2026-11-21T11:59:00.000Z', reason }];

    const { out } = await greenroom([verb], {
      cloud: cloudWith({ status: { ...STATUS, releases }, history: { releases } }),
    });

    expect(out.join('\n')).toContain('the snapshot greenroom-v1-1-0-abc from before its migrations is kept');
  },
);

test.each(['status', 'history'])(
  '%s in a window that is too narrow says below each release who and why',
  async (verb) => {
    const releases = [
      {
        ...RECORD,
        actor: 'ann@example.com',
        outcome: 'rejected',
        endedAt: '2026-11-21T11:59:00.000Z',
        reason: 'no list',
      },
      { ...RECORD, kind: 'restore', version: '' },
    ];
    const cloud = cloudWith({ status: { ...STATUS, releases }, history: { releases } });

    const { out } = await greenroom([verb], { cloud, columns: 80 });

    expect(out.slice(-5)).toEqual([
      'RELEASE     VERSION    STARTED               TOOK   OUTCOME',
      'v1.1.0-abc  v1.1.0     2026-11-21 11:58:00Z  1 min  rejected',
      '  by ann@example.com: no list',
      'v1.1.0-abc  (restore)  2026-11-21 11:58:00Z  2 min  under way',
      '  by ann',
    ]);
  },
);

describe('history', () => {
  const event = { at: '2026-11-21T11:59:00.000Z', event: 'ShiftTraffic:25', color: 'green', epoch: 7 };

  test('of one release tells its events in order', async () => {
    const { out } = await greenroom(['history', RELEASE], {
      cloud: cloudWith({ events: { record: RECORD, events: [event] } }),
    });

    expect(out.at(-1)).toMatch(/^2026-11-21 11:59:00Z +ShiftTraffic +green has 25 % of the viewers$/);
  });

  test('says so when there is no such release', async () => {
    const { code, out, err } = await greenroom(['history', RELEASE], {
      cloud: cloudWith({ events: { record: null, events: [] } }),
    });

    expect([code, out]).toEqual([1, []]);
    expect(err.join()).toContain('the ledger knows no release v1.1.0-abc');
  });

  test('of an environment without releases is an empty list on stdout', async () => {
    const cloud = cloudWith({ history: { releases: [] } });

    expect((await greenroom(['history', '--json'], { cloud })).out).toEqual(['[]']);
    expect((await greenroom(['history'], { cloud })).out).toEqual([]);
  });
});

describe('history --stats', () => {
  const times = { total: 3600, active: 600, waiting: { turn: 0, approval: 3000 }, steps: [] };
  const releases = [{ ...RECORD, outcome: 'released', times }];

  test('tells times, waiting, failures and the time to be back', async () => {
    const { code, out } = await greenroom(['history', '--stats'], { cloud: cloudWith({ history: { releases } }) });

    expect(code).toBe(0);
    expect(out[0]).toMatch(/: 1 releases \(1 released\), 0 reverts; 0 % of what viewers saw was taken back$/);
    expect(out.find((line) => line.startsWith('total'))).toMatch(/^total +1 h +1 h +1 h +1$/);
    expect(out.find((line) => line.startsWith('waiting for people'))).toMatch(/50 min/);
    expect(out.find((line) => line.startsWith('to have viewers back'))).toMatch(/- +- +- +0$/);
  });

  test('as JSON is what it was made of', async () => {
    const { out } = await greenroom(['history', '--stats', '--json'], { cloud: cloudWith({ history: { releases } }) });

    expect(JSON.parse(out.join('\n'))).toMatchObject({ releases: 1, active: { median: 600 }, failureRate: 0 });
  });

  test('of one release is a wrong use', async () => {
    const { code } = await greenroom(['history', RELEASE, '--stats'], { cloud: cloudWith({}) });

    expect(code).toBe(2);
  });
});

describe('preview', () => {
  test('prints the link of the release whose preview is open', async () => {
    const { code, out } = await greenroom(['preview', RELEASE], { cloud: cloudWith({ status: STATUS }) });

    expect([code, out.length]).toEqual([0, 1]);
    expect(out[0]).toMatch(/^https:\/\/notes\.example\/\.greenroom\/preview#[0-9a-f]{64}$/);
  });

  test('refuses any other release, without asking for the key', async () => {
    const cloud = cloudWith({ status: STATUS });
    cloud.secret = () => Promise.reject(new Error('was asked for'));

    const { code, err } = await greenroom(['preview', 'v1.0.0-old'], { cloud });

    expect(code).toBe(1);
    expect(err.join()).toMatch(/v1\.0\.0-old has no preview .* open is that of v1\.1\.0-abc/);
  });
});

describe('revert', () => {
  test('below the revert floor it goes only when that is said', async () => {
    const cloud = cloudWith({
      status: STATUS,
      revert: { kind: 'warm', version: 'v1.0.0', color: 'blue', warnings: [] },
    });

    await greenroom(['revert', '--reason', 'worse', '--force', '--yes'], { cloud });

    expect(cloud.changes).toEqual([['revert', { reason: 'worse', from: RELEASE, force: true }]]);
  });

  const args = ['revert', '--reason', 'errors'];

  test('to a warm color says who has the viewers, and what is left to do', async () => {
    const cloud = cloudWith({
      status: STATUS,
      revert: { kind: 'warm', version: 'v1.0.0', color: 'blue', warnings: ['could not move scaling'] },
    });

    const { code, out, err } = await greenroom([...args, '-y'], { cloud });

    expect({ code, out, changes: cloud.changes }).toEqual({
      code: 0,
      out: ['v1.0.0 on blue has all viewers again'],
      changes: [['revert', { reason: 'errors', from: RELEASE }]],
    });
    expect(err).toEqual([
      'warning: could not move scaling',
      'new releases are held until: greenroom resume -e production',
    ]);
  });

  test('is not held up by a status that cannot be read', async () => {
    const cloud = cloudWith({
      status: new CliError('the table is gone'),
      revert: { kind: 'warm', version: 'v1.0.0', color: 'blue', warnings: [] },
    });

    const { code, err } = await greenroom(args, { cloud, answer: 'y' });

    expect([code, cloud.changes]).toEqual([0, [['revert', { reason: 'errors' }]]]);
    expect(err[0]).toContain('the table is gone');
  });

  test.each<[string, number]>([
    ['released', 0],
    ['failed', 3],
  ])('to a cold color follows the release that brings it back: %s', async (outcome, exit) => {
    const execution = 'arn:aws:states:eu-central-1:111122223333:execution:notes-production-release:revert-v1.0.0-x';
    const cloud = cloudWith({
      revert: { kind: 'cold', version: 'v1.0.0', execution, warnings: [] },
      events: { record: { ...RECORD, outcome, reason: 'so it is' }, events: [] },
    });

    const { code, out } = await greenroom([...args, '-y'], { cloud });

    expect(code).toBe(exit);
    expect(out).toEqual(['revert-v1.0.0-x', `revert-v1.0.0-x ${outcome}: so it is`]);
  });
});

test('a wrong configuration is told with a line for each mistake', async () => {
  const problems = [
    { path: 'container.port', message: 'is no port' },
    { path: 'environments', message: 'are missing' },
  ];
  const loadConfig = () => Promise.reject(new ConfigError(problems, 'greenroom.config.ts'));

  const { code, err } = await greenroom(['status'], { world: { loadConfig } });

  expect({ code, err }).toEqual({
    code: 1,
    err: ['greenroom.config.ts: container.port: is no port', 'greenroom.config.ts: environments: are missing'],
  });
});

test('release ids are names of executions, and sort by start', () => {
  const longest = `v999999.999999.999999-${'a'.repeat(40)}`;
  const ids = [1, 2, 3].map((second) => releaseId(longest, Date.parse('2026-11-21T12:00:00Z') + second * 1000));

  for (const id of ids) expect(id).toMatch(/^[\w.-]{1,80}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(releaseId('v1.0.0', 0)).not.toBe(releaseId('v1.0.0', 1));
});
