import { BROKEN, by, HOUR, leaveUntold, migrationWaits, queued, restoreWaits, waiting } from './acts';
import type { RecordedWorld } from './recorded-world';

const NAME = 'restore-1';
const RECOVERY_POINT = 'arn:aws:rds:eu-central-1:111111111111:snapshot:awsbackup:job-1';
const COPY = 'arn:aws:rds:eu-west-1:111111111111:snapshot:awsbackup:job-2';

/** Starts a restore to ten minutes ago, or from another source. */
function begin(world: RecordedWorld, source?: object, more: object = {}): void {
  const time = new Date(world.clock.read() - 10 * 60_000).toISOString();
  world.snapshotsAt = new Date(time);
  const request = { source: source ?? { time }, version: 'v1.0.0', actor: 'oscar', reason: 'rows are gone' };
  world.executions.start(NAME, { ...request, ...more });
}

async function approved(world: RecordedWorld, source?: object): Promise<void> {
  await world.rest(HOUR);
  begin(world, source);
  await world.until(NAME, 'AwaitRestoreApproval');
  await world.approve(NAME);
}

async function canceledAt(world: RecordedWorld, state: string, sweeps = 12): Promise<void> {
  await approved(world);
  await world.until(NAME, state);
  await world.rest(100);
  await world.call('operate', { action: 'cancel', release: NAME, by: 'oscar', reason: 'wrong time' });
  for (let sweep = 0; sweep < sweeps; sweep++) {
    await world.rest(5 * 60_000);
    await world.call('recover-restore', { sweep: true }).catch(() => undefined);
  }
}

/** What may happen to an environment's database; each begins with v1.0.0 as standby and v1.1.0 live. */
export const RESTORE_SCENARIOS: Readonly<Record<string, (world: RecordedWorld) => Promise<unknown>>> = {
  'a restore to a point in time': async (world) => {
    await approved(world);
    await world.rest(3 * HOUR);
  },

  'a restore from the snapshot of a release': async (world) => {
    await approved(world, { release: 'v1.1.0' });
    await world.rest(3 * HOUR);
  },

  'a restore from a recovery point': async (world) => {
    await approved(world, { recoveryPoint: RECOVERY_POINT });
    await world.rest(3 * HOUR);
  },

  'a restore from a copy in another region': async (world) => {
    await approved(world, { recoveryPoint: COPY });
    await world.rest(3 * HOUR);
  },

  'a restore to a moment before another restore': async (world) => {
    await approved(world);
    const time = new Date(world.clock.read() - 20 * 60_000).toISOString();
    const old = world.instances.find('notes-production');
    await world.rest(3 * HOUR);
    const request = { version: 'v1.0.0', actor: 'oscar', reason: 'not far enough' };
    world.executions.start('restore-2', { source: { time, instance: old?.name }, ...request });
    await world.until('restore-2', 'AwaitRestoreApproval');
    await world.approve('restore-2');
    await world.rest(3 * HOUR);
  },

  'a dry run of a restore': async (world) => {
    begin(world, undefined, { dryRun: true });
    await world.rest();
  },

  'a restore that finds its version itself': async (world) => {
    await world.rest(HOUR);
    begin(world, undefined, { version: undefined, dryRun: true });
    await world.rest();
  },

  'a restore of a version that was never published': async (world) => {
    const missing = Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' });
    world.interfere({ matches: by('open-restore', 'GetObject'), before: () => Promise.reject(missing) });
    begin(world);
    await world.rest();
  },

  'a restore that is canceled while it switches': (world) => canceledAt(world, 'MendSwitched'),

  'a restore that is canceled right after the old instance lost its name': async (world) => {
    await canceledAt(world, 'SwitchDatabase');
  },

  'a restore whose end is left to recovery': async (world) => {
    world.interfere({ matches: by('complete-restore', 'PutKey'), fault: 'denied', times: Infinity });
    await approved(world);
    await world.rest(3 * HOUR);
  },

  'a restore whose end recovery tells, while others could not be told': async (world) => {
    await approved(world);
    await world.until(NAME, 'RestoreInstance');
    await restoreWaits(world);
    leaveUntold(world);
    await world.rest(3 * HOUR);
  },

  'a restore that fails while others wait': async (world) => {
    await world.rest(HOUR);
    begin(world);
    await world.until(NAME, 'AwaitRestoreApproval');
    await queued(world, 'v1.2.0');
    await restoreWaits(world);
    leaveUntold(world);
    await world.call('decide', { release: NAME, decision: 'reject', by: 'quinn', reason: 'no' });
    await world.rest(HOUR);
  },

  'a restore that waits for a release': async (world) => {
    await waiting(world, 'v1.2.0');
    await restoreWaits(world);
    await world.approve('v1.2.0');
    await world.rest(HOUR);
  },

  'a restore that waits for a release that is rejected': async (world) => {
    await waiting(world, 'v1.2.0');
    await restoreWaits(world);
    await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
    await world.rest(HOUR);
  },

  'a restore that waits for a migration': async (world) => {
    const state = await migrationWaits(world);
    await restoreWaits(world);
    await world.call('complete-migration', state);
  },

  'a cold revert while a restore runs': async (world) => {
    world.fleets.services.green!.healthy = 0;
    await approved(world);
    await world.until(NAME, 'RestoreInstance');
    await world.rest(60_000);
    await world.call('revert', BROKEN);
    await world.rest(HOUR);
  },

  'a question about a restore that has to be put again': async (world) => {
    world.interfere({ matches: by('await-approval', 'Publish'), fault: 'throttled' });
    begin(world);
    await world.clock.pass(() => world.ledger.read(`release#${NAME}`, 'approval') !== undefined);
    await world.rest(500);
    await world.call('decide', { release: NAME, decision: 'approve', by: 'quinn' }).catch(() => undefined);
    await world.rest(HOUR);
  },
};
