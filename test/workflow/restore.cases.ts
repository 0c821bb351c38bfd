import { loadConfig } from '../../lib/config/load';
import type { FakeInstance } from './cloud/instances';
import { CLOSED_GROUP, OPEN_GROUP } from './cloud/instances';
import { machinesOf } from './cloud/definition';
import { HOUR, NAME, Restorable } from './cloud/restorable';
import type { World } from './cloud/world';

let on: Restorable;
let world: World;
let old: FakeInstance;
let time: string;
beforeEach(async () => {
  on = await Restorable.open();
  ({ world, old, time } = on);
});
afterEach(() => world.close());

const event = (name: string) => on.event(name);
const state = () => world.executions.all.find(({ name }) => name === NAME)?.state;
const start = (more?: object, source?: object) => on.start(more, source);
const restore = (more?: object, source?: object) => on.restore(more, source);

test('a restore puts a checked instance under the application’s name, and keeps the old one, shut off', async () => {
  const tasks = JSON.stringify(world.fleets.services);
  await restore();

  const main = world.instances.find('database')!;
  expect(main.resource).not.toBe(old.resource);
  expect(world.validated).toEqual(new Set([main.resource]));
  expect(main).toMatchObject({ users: world.secrets.passwords(), groups: [OPEN_GROUP], multiAz: true });
  expect(main.maintenanceWindow).toBe(old.maintenanceWindow);
  expect([main.deletionProtection, old.deletionProtection]).toEqual([true, true]);
  expect(old).toMatchObject({ name: expect.stringMatching(/^database-before-/), groups: [CLOSED_GROUP] });
  expect(world.record(NAME)).toMatchObject({ outcome: 'restored', reason: expect.stringContaining(old.name) });
  expect(world.route?.maintenance).toBe('off');
  expect(world.turn().holder).toBeNull();
  expect(world.notifications.filter(({ id }) => id === `${NAME}:end`)).toHaveLength(1);
  expect(JSON.stringify(world.fleets.services)).toBe(tasks);
});

test('what it loses is in the ledger and in the question before anything happens', async () => {
  await world.releaseFully('v1.1.0');
  const before = world.instances.all.length;
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.rest(60_000);

  const lost = { time, lostMinutes: expect.any(Number) };
  expect(event('PlanRestore')).toMatchObject({ ...lost, releases: [{ version: 'v1.1.0', outcome: 'released' }] });
  expect((event('PlanRestore') as { lostMinutes: number }).lostMinutes).toBeGreaterThanOrEqual(10);
  expect(world.notifications.find(({ id }) => id === `${NAME}:approval`)).toMatchObject(lost);
  expect(world.instances.all).toHaveLength(before);
  expect(world.route?.maintenance).toBe('off');
});

test('a dry run says what would be lost, takes no turn and does nothing', async () => {
  start({ dryRun: true });
  await world.rest();

  expect(event('PlanRestore')).toMatchObject({ time });
  expect(world.record(NAME)).toMatchObject({ outcome: 'planned' });
  expect(world.executions.all.at(-1)?.path).not.toContain('AwaitTurn');
  expect(world.instances.all).toEqual([old]);
});

test('after it new releases are held until somebody resumes the environment', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  world.release('v1.1.0');
  await world.rest(60_000);
  await world.approve(NAME);
  await world.rest(3 * HOUR);

  expect(world.record('v1.1.0')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('restored the database'),
  });
  await world.call('operate', { action: 'resume', by: 'oscar' });
  await world.releaseFully('v1.2.0');
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released' });
});

test('who asked for it may not approve it', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.rest(60_000);

  await expect(world.call('decide', { release: NAME, decision: 'approve', by: 'oscar' })).rejects.toThrow(
    'somebody else',
  );
  await world.call('decide', { release: NAME, decision: 'reject', by: 'quinn', reason: 'not that far' });
  await world.rest();
  expect(world.record(NAME)).toMatchObject({ outcome: 'rejected' });
  expect(world.instances.all).toEqual([old]);
});

test('an approval counts that was written down before the time was over, though the restore heard of it afterwards', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.rest(world.stage.machines.restore.States.AwaitRestoreApproval!.TimeoutSeconds! * 1000 - 1_000);
  world.interfere({
    matches: ({ handler, operation }) => handler === 'decide' && operation === 'SendTaskSuccess',
    before: () => world.clock.sleep(5_000),
  });
  const given = world.invoke('decide', { release: NAME, decision: 'approve', by: 'quinn' });
  await world.rest(3 * HOUR);

  expect(await given).toMatchObject({ missing: 0 });
  expect(world.executions.all.find(({ name }) => name === NAME)?.path).toContain('CloseRestoreApproval');
  expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
});

test('viewers are kept out exactly while no checked database stands under the name', async () => {
  const seen: string[] = [];
  world.door.around = async (_call, effect) => {
    const answer = await effect();
    const main = world.instances.at('database.rds.test');
    if (main === undefined) seen.push(world.route!.maintenance);
    return answer;
  };
  await restore();

  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set(['full']));
});

test('maintenance that people had set before stays', async () => {
  await world.call('operate', { action: 'maintenance', maintenance: 'read-only', reason: 'rows vanish', by: 'oscar' });
  await restore();

  expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
  expect(world.route?.maintenance).toBe('read-only');
});

test.each<[string, (restored: Partial<FakeInstance>) => void]>([
  ['is not what its changelog says', (restored) => void (restored.sound = false)],
])('a restored database that %s never gets the name', async (_what, spoil) => {
  spoil(world.instances.restored);
  await restore();

  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('rows are missing') });
  expect(world.instances.find('database')).toBe(old);
  expect(world.route?.maintenance).toBe('off');
  expect(event('BeginMaintenance')).toBeUndefined();
});

test('an application that does not become healthy on the new database gets the old one back', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.approve(NAME);
  await world.until(NAME, 'RollTasks');
  world.fleets.services.blue!.healthy = 0;
  world.fleets.services.green!.healthy = 0;
  await world.rest(2 * HOUR);

  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('healthy') });
  expect(world.instances.find('database')).toBe(old);
  expect(old.groups).toEqual([OPEN_GROUP]);
  expect(world.route?.maintenance).toBe('off');
});

test.each(['RestoreInstance', 'BeginMaintenance', 'DrainWrites', 'SwitchDatabase', 'ValidateSwitched', 'RollTasks'])(
  'canceled at %s, the old database has its name and is open again',
  async (at) => {
    start();
    await world.until(NAME, 'AwaitRestoreApproval');
    await world.approve(NAME);
    await world.until(NAME, at);
    await world.rest(5);
    await world.call('operate', { action: 'cancel', release: NAME, by: 'oscar', reason: 'wrong time' });
    for (let sweep = 0; sweep < 12; sweep++) {
      await world.rest(5 * 60_000);
      await world.call('recover-restore', { sweep: true }).catch(() => undefined);
    }

    expect(world.record(NAME)).toMatchObject({ outcome: 'canceled' });
    expect(world.instances.find('database')).toBe(old);
    expect(old).toMatchObject({ status: 'available', groups: [OPEN_GROUP] });
    expect(world.route?.maintenance).toBe('off');
    expect(world.turn().holder).toBeNull();
  },
);

test('the sweep of releases leaves a restore to its own', async () => {
  world.eventsArrive = false;
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.executions.operations.StopExecution({ executionArn: world.executions.all.at(-1)!.arn });
  await world.call('recover-release', { sweep: true });
  expect(world.record(NAME)?.outcome).toBeUndefined();

  await world.call('recover-restore', { sweep: true });
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: 'its execution runs no more' });
});

test('a version whose own migrations the data would lack has to be reverted first, or exempted', async () => {
  world.plan = { pending: 1, verdict: 'expand', changesets: ['a::1::b'], withoutRollback: 0 };
  await world.releaseFully('v1.1.0');
  start();
  await world.rest();
  expect(world.record(NAME)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('revert to a version'),
  });

  await world.call('revert', { by: 'oscar', reason: 'rows are gone' });
  world.executions.start('restore-2', { source: { time }, actor: 'oscar', reason: 'rows are gone' });
  await world.until('restore-2', 'AwaitRestoreApproval');
  expect(world.ledger.read('events#restore-2', 'event#PlanRestore')).toMatchObject({ changesets: 1 });
});

test('a version without migrations of its own needs those of the release before it; a dry run says so, too', async () => {
  world.plan = { pending: 1, verdict: 'expand', changesets: ['a::1::b'], withoutRollback: 0 };
  await world.releaseFully('v1.1.0');
  world.plan = { ...world.plan, pending: 0, verdict: 'none', changesets: [] };
  await world.releaseFully('v1.2.0');
  start({ dryRun: true });
  await world.rest();
  expect(world.record(NAME)).toMatchObject({
    outcome: 'planned',
    reason: expect.stringContaining('it would be refused: v1.2.0 is live and needs 1 changesets'),
  });

  world.executions.start('restore-2', { source: { time }, actor: 'oscar', reason: 'rows are gone' });
  await world.rest();
  expect(world.record('restore-2')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('greenroom revert'),
  });
});

test.each<[string, object, string | undefined]>([
  ['a release’s snapshot', { release: 'v1.0.0' }, 'greenroom-v1-0-0'],
  [
    'a recovery point of this region',
    { recoveryPoint: 'arn:aws:rds:eu-central-1:111111111111:snapshot:awsbackup:job-1' },
    'awsbackup:job-1',
  ],
  [
    'a copy in another region',
    { recoveryPoint: 'arn:aws:rds:eu-west-1:111111111111:snapshot:awsbackup:job-2' },
    'greenroom-copy-',
  ],
])('from %s', async (_what, source, snapshot) => {
  world.snapshotsAt = new Date(Date.parse(time));
  await restore({}, source);

  expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
  expect(world.instances.find('database')?.snapshot).toContain(snapshot);
  // Also of a copy: when it was copied says nothing about its data.
  expect(event('PlanRestore')).toMatchObject({ time: world.snapshotsAt.toISOString() });
});

test('a moment before a restore is in the instance that it kept, and the refusal says so', async () => {
  await restore();
  const kept = old.name;
  const again = (name: string, source: object) =>
    world.executions.start(name, { source, actor: 'oscar', reason: 'not far enough' });
  const earlier = new Date(Date.parse(time) - 2 * 60_000).toISOString();
  again('restore-2', { time: earlier });
  await world.rest();
  expect(world.record('restore-2')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(kept) });
  // Right after it there is not even a window.
  world.instances.find('database')!.backedUp = false;
  again('restore-2b', { time: earlier });
  await world.rest();
  expect(world.record('restore-2b')?.reason).toContain(`ask ${kept}`);

  again('restore-3', { time: earlier, instance: 'database-before-a-friend' });
  await world.rest();
  expect(world.record('restore-3')?.reason).toContain('none of the instances that restores keep');

  again('restore-4', { time: earlier, instance: kept });
  await world.until('restore-4', 'AwaitRestoreApproval');
  await world.approve('restore-4');
  await world.rest(3 * HOUR);

  expect(world.record('restore-4')).toMatchObject({ outcome: 'restored' });
  expect(world.instances.find('database')).toMatchObject({ source: old.resource, groups: [OPEN_GROUP] });
  expect(old).toMatchObject({ name: kept, groups: [CLOSED_GROUP] });
});

test('asked for twice, the second one does not throw away what viewers wrote since the first', async () => {
  world.snapshotsAt = new Date(Date.parse(time));
  const source = { recoveryPoint: 'arn:aws:rds:eu-central-1:111111111111:snapshot:awsbackup:job-1' };
  start({}, source);
  await world.until(NAME, 'AwaitRestoreApproval');
  world.executions.start('restore-2', { source, actor: 'olga', reason: 'rows are gone' });
  await world.rest(60_000);
  await world.approve(NAME);
  await world.rest(3 * HOUR);

  expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
  const restored = world.instances.find('database')!;
  expect(world.record('restore-2')).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/restore-1 restored the database after this restore was asked for.*ask again/),
  });
  expect(world.instances.all).toEqual([old, restored]);

  // Whoever means it asks again, having seen what the first one brought.
  world.executions.start('restore-3', { source, actor: 'olga', reason: 'not enough' });
  await world.until('restore-3', 'AwaitRestoreApproval');
});

test('asked for while a release runs, it waits for that, and says that it would be lost', async () => {
  world.release('v1.1.0');
  await world.until('v1.1.0', 'DeployIdle');
  start();
  await world.until('v1.1.0', 'AwaitApproval');
  await world.approve('v1.1.0');
  await world.until(NAME, 'AwaitRestoreApproval');

  expect(world.record('v1.1.0')).toMatchObject({ outcome: 'released' });
  expect(event('PlanRestore')).toMatchObject({ releases: [{ version: 'v1.1.0', outcome: 'released' }] });
});

test.each<[string, number, string]>([
  ['the newest moment can be had', 0, 'planned'],
  ['a second before the newest can be had', -1_000, 'planned'],
  ['a second after the newest is refused', 1_000, 'failed'],
  ['a minute after the oldest can be had', -35 * 24 * HOUR + 60_000, 'planned'],
  ['a second before the oldest is refused', -35 * 24 * HOUR - 1_000, 'failed'],
])('of the point-in-time window %s', async (_what, afterNewest, outcome) => {
  await world.rest(40 * 24 * HOUR);
  // RDS is five minutes behind; the question is asked a moment later.
  const newest = world.clock.read() - 5 * 60_000;
  start({ dryRun: true, version: 'v1.0.0' }, { time: new Date(newest + afterNewest).toISOString() });
  await world.rest(60_000);

  expect(world.record(NAME)).toMatchObject({ outcome });
});

test('what viewers wrote while people decided and RDS worked is counted as lost at the end', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.rest(2 * HOUR);
  const { lostMinutes } = event('PlanRestore') as { lostMinutes: number };
  await world.approve(NAME);
  await world.rest(3 * HOUR);

  const said = Number(/: (\d+) min of writes/.exec(world.record(NAME)?.reason ?? '')?.[1]);
  expect(said).toBeGreaterThanOrEqual(lostMinutes + 120);
});

test.each<[string, (main: FakeInstance) => unknown]>([['planned', (main) => (main.status = 'storage-full')]])(
  'a database that RDS would not rename is left alone when a restore is %s',
  async (_when, spoil) => {
    spoil(old);
    start();
    await world.rest(HOUR);

    expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('is storage-full') });
    expect(world.route?.maintenance).toBe('off');
  },
);

test('one that came into such a state meanwhile is left alone before viewers notice', async () => {
  start();
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.approve(NAME);
  await world.until(NAME, 'ValidateRestored');
  old.status = 'storage-full';
  await world.rest(2 * HOUR);

  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('is storage-full') });
  expect(event('BeginMaintenance')).toBeUndefined();
});

test.each<[string, string]>([
  ['InstanceQuotaExceeded', 'raise the quota "DB instances"'],
  ['KMSKeyNotAccessibleFault', 'enable the key'],
  ['InvalidRestoreFault', 'within its window'],
  ['InvalidVPCNetworkStateFault', 'was not touched'],
])('RDS says %s: the restore ends with what to do', async (name, mend) => {
  const refused = Object.assign(new Error('in words of RDS'), { name });
  world.interfere({
    matches: ({ operation }) => operation === 'RestoreDBInstanceToPointInTime',
    before: () => Promise.reject(refused),
  });
  await restore();

  const reason = expect.stringMatching(new RegExp(`RDS does not make .*${name}: in words of RDS.*${mend}`));
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
  expect(world.instances.all).toEqual([old]);
});

test('where the database itself is deleted, the reason says which page helps', async () => {
  old.name = 'gone';
  start();
  await world.rest();

  const reason = expect.stringMatching(/no DB instance database; .* docs\/disasters\.md .*"A deleted instance"/);
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
  // Whoever asks for nothing hears of it from the daily look.
  expect(await world.call('watch-backups', { trigger: 'schedule' })).toEqual({ problems: [reason] });
});

test('a snapshot of another major version is refused before anything is made', async () => {
  world.snapshotsEngine = '15.4';
  world.snapshotsAt = new Date(Date.parse(time));
  start({}, { release: 'v1.0.0' });
  await world.rest();

  const reason = expect.stringContaining('is of postgres 15, and the database is postgres 17');
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
});

test('a release that made no snapshot is answered with what to do', async () => {
  world.interfere({
    matches: ({ handler, operation }) => handler === 'open-restore' && operation === 'DescribeDBSnapshots',
    before: () => Promise.reject(Object.assign(new Error('not found'), { name: 'DBSnapshotNotFoundFault' })),
  });
  start({}, { release: 'v1.0.0' });
  await world.rest();

  const reason = expect.stringContaining('a moment before it migrated (greenroom history v1.0.0)');
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
});

test('production asks for approval of a restore even where releases need none; other environments follow their own', () => {
  const asks = (name: string, production: boolean) => {
    const { approval } = loadConfig().environments.find((each) => each.name === name)!;
    const { restore: machine } = machinesOf(name, { production, approval: { ...approval, required: false } });
    return 'AwaitRestoreApproval' in machine.States;
  };

  expect([asks('production', true), asks('test', false)]).toEqual([true, false]);
});

test('what a restore leaves over when it fails is named, since it costs', async () => {
  world.instances.restored.sound = false;
  await restore();

  const left = world.instances.all.at(-1)!.name;
  expect(left).toMatch(/^database-restored-/);
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(left) });
});

test.each<[string, object, object, string]>([
  ['no source', {}, {}, 'exactly one of'],
  ['two sources', { time: '2026-11-21T08:00:00Z', release: 'v1.0.0' }, {}, 'exactly one of'],
  ['a time without zone', { time: '2026-11-21T08:00:00' }, {}, 'with a zone'],
  ['a time to come', { time: '2027-01-01T00:00:00Z' }, {}, 'some five minutes behind; is its zone right?'],
  ['an instance without a time', { release: 'v1.0.0', instance: 'database-before-00000000' }, {}, 'beside a time'],
  [
    'a recovery point of another account',
    { recoveryPoint: 'arn:aws:rds:eu-central-1:222222222222:snapshot:awsbackup:job-1' },
    {},
    'copy it into a vault of this one first',
  ],
  [
    'somebody else’s snapshot',
    { recoveryPoint: 'arn:aws:rds:eu-central-1:111111111111:snapshot:mine' },
    {},
    'no ARN of',
  ],
  ['a time before any release', { time: '2026-11-01T08:00:00Z' }, {}, 'knows no release'],
  ['no reason', { time: '2026-11-21T08:00:00Z' }, { reason: '' }, 'needs a reason'],
])('%s is refused, recorded and told', async (_what, source, more, reason) => {
  start(more, source);
  await world.rest();

  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) });
  expect(world.ledger.read(`release#${NAME}`, 'record')).toMatchObject({ kind: 'restore' });
  // It found no version yet that it could name.
  expect(world.notifications.find(({ id }) => id === `${NAME}:end`)).toMatchObject({ subject: `${NAME} failed` });
  expect(world.instances.all).toEqual([old]);
  expect(state()).toBe('ReleaseEnded');
});
