import { cloudWith, greenroom, PLACES } from './world';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:notes-production-restore';
const places = { ...PLACES, restoreMachineArn: MACHINE };
const TIME = ['--to-time', '2026-11-21T09:00:00+01:00'];
const reason = ['--reason', 'rows are gone'];
const record = { id: 'restore-1', kind: 'restore', version: 'v1.0.0', outcome: 'restored', reason: 'to 08:00' };
const plan = {
  at: '2026-11-21T12:00:01.000Z',
  event: 'PlanRestore',
  time: '2026-11-21T08:00:00.000Z',
  lostMinutes: 241,
  releases: [{ id: 'v1.1.0-abc', version: 'v1.1.0', outcome: 'released' }],
  changesets: 2,
  before: 'notes-production-before-1',
};

test.each<[string[], object]>([
  [TIME, { time: '2026-11-21T08:00:00.000Z' }],
  [
    [...TIME, '--from-instance', 'notes-production-before-0f1e2d3c'],
    { time: '2026-11-21T08:00:00.000Z', instance: 'notes-production-before-0f1e2d3c' },
  ],
  [['--release', 'v1.1.0-abc'], { release: 'v1.1.0-abc' }],
  [
    ['--recovery-point', 'arn:aws:rds:eu-west-1:1:snapshot:awsbackup:1'],
    { recoveryPoint: 'arn:aws:rds:eu-west-1:1:snapshot:awsbackup:1' },
  ],
])('restore %j starts the restore state machine', async (args, source) => {
  const cloud = cloudWith({ places });
  const { code, out } = await greenroom(['restore', ...args, ...reason, '--yes', '--no-watch'], { cloud });

  expect([code, out]).toEqual([0, [expect.stringMatching(/^restore-\w+$/)]]);
  expect(cloud.changes).toEqual([['start', { source, actor: 'ann', reason: 'rows are gone' }]]);
});

test('it tells what is lost as soon as that is known, and ends with 0 when the database is restored', async () => {
  const cloud = cloudWith({ places, events: { record, events: [plan] } });
  const { code, out } = await greenroom(['restore', ...TIME, ...reason, '--yes'], { cloud });

  expect(code).toBe(0);
  expect(out[1]).toContain('241 minutes of writes, 2 changesets, 1 release (v1.1.0-abc released)');
  expect(out.at(-1)).toMatch(/^restore-\w+ restored: to 08:00$/);
});

test('a dry run asks nobody', async () => {
  const cloud = cloudWith({ places, events: { record: { ...record, outcome: 'planned' }, events: [plan] } });
  const { code } = await greenroom(['restore', ...TIME, ...reason, '--dry-run'], { cloud });

  expect(code).toBe(0);
  expect(cloud.changes).toEqual([['start', expect.objectContaining({ dryRun: true })]]);
});

test.each<[string, string[], string]>([
  ['no source', [...reason], 'one of --to-time'],
  ['two sources', [...TIME, '--release', 'x', ...reason], 'one of --to-time'],
  ['an instance without a moment', ['--release', 'x', '--from-instance', 'y', ...reason], 'needs --to-time'],
  ['a time without zone', ['--to-time', '2026-11-21T09:00:00', ...reason], 'with its zone'],
  ['an environment with one fleet', [...TIME, ...reason, '-e', 'dev'], 'restore its instance in the RDS console'],
])('%s is a wrong use', async (_what, args, message) => {
  const { code, err } = await greenroom(['restore', ...args, '--yes']);

  expect(code).toBe(2);
  expect(err.join()).toContain(message);
});
