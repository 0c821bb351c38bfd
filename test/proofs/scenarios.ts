import { RELEASE_STEPS } from '../../lambda/domain/steps';
import {
  askedAgain,
  BROKEN,
  by,
  HOUR,
  leaveUntold,
  leftRevision,
  migration,
  migrationWaits,
  queued,
  scales,
  waiting,
  streamOf,
} from './acts';
import { ask, OLGA, perform, QUINN } from '../workflow/cloud/console';
import type { RecordedWorld } from './recorded-world';
import { BACKUP_SCENARIOS } from './backup-scenarios';
import { RESTORE_SCENARIOS } from './restore-scenarios';

/** What may happen to an environment; each begins with v1.0.0 as standby and v1.1.0 live, on blue. */
export const SCENARIOS: Readonly<Record<string, (world: RecordedWorld) => Promise<unknown>>> = {
  'a release that is approved': (world) => world.releaseFully('v1.2.0'),

  'a release with migrations, and a snapshot before them': async (world) => {
    world.plan = {
      pending: 1,
      verdict: 'contract',
      changesets: ['a::1::b'],
      withoutRollback: 0,
      revertFloor: 'v1.2.0',
    };
    await world.releaseFully('v1.2.0');
    await world.call('revert', { ...BROKEN }).catch(() => undefined);
    await world.call('revert', { ...BROKEN, force: true });
  },

  'migrations as a task: one fails, one is canceled, one outlives its budget': async (world) => {
    world.plan = { pending: 1, verdict: 'expand', changesets: ['a::1::b'], withoutRollback: 0 };
    world.migrationTasks.works = { ms: 60_000, exitCode: 1 };
    world.release('v1.2.0');
    await world.rest(HOUR);
    world.migrationTasks.works = { ms: Infinity, exitCode: 0 };
    world.release('v1.3.0');
    await world.until('v1.3.0', 'RunMigrationTask');
    await world.rest(60_000);
    await world.call('operate', { action: 'cancel', release: 'v1.3.0', by: 'oscar', reason: 'wrong' });
    await world.call('operate', { action: 'cancel', release: 'v1.3.0', by: 'olga', reason: 'wrong, too' });
    await world.rest(HOUR);
    world.release('v1.4.0');
    await world.rest(6 * HOUR);
  },

  'a release that nobody approves': async (world) => {
    await waiting(world, 'v1.2.0');
    await world.rest(30 * 24 * HOUR);
  },

  'a release that is rejected while another one waits': async (world) => {
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
    await world.until('v1.3.0', 'AwaitApproval');
  },

  'a release that is superseded in the queue': async (world) => {
    world.policy = { ...world.policy, concurrency: 'supersede' };
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    await queued(world, 'v1.4.0');
  },

  'a release that finishes while another one waits': async (world) => {
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    await world.approve('v1.2.0');
    await world.rest(HOUR);
  },

  'a version that was never published': async (world) => {
    const missing = Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' });
    world.interfere({ matches: by('open-release', 'GetObject'), before: () => Promise.reject(missing) });
    world.release('v9.9.9');
    await world.rest();
  },

  'a fleet that does not become healthy': async (world) => {
    world.fleets.services.green!.healthy = 0;
    world.release('v1.2.0');
    await world.rest(HOUR);
  },

  'the other fleet that does not become healthy': async (world) => {
    await world.releaseFully('v1.2.0');
    world.fleets.services.blue!.healthy = 0;
    world.release('v1.3.0');
    await world.rest(HOUR);
  },

  'an alarm while the release bakes': async (world) => {
    await waiting(world, 'v1.2.0');
    await world.approve('v1.2.0');
    await world.until('v1.2.0', 'Bake');
    for (const alarm of process.env.GREEN_ALARMS!.split(',')) world.ringing.add(alarm);
    await world.rest(HOUR);
  },

  'a warm revert, and one back': async (world) => {
    world.fleets.services.green!.desired = 1;
    await world.call('revert', BROKEN);
    await world.call('revert', { by: 'olga', reason: 'it was the database' });
  },

  'a warm revert while a release waits for its turn': async (world) => {
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    await world.call('revert', BROKEN);
    await world.rest(HOUR);
  },

  'a cold revert while a release runs': async (world) => {
    await waiting(world, 'v1.2.0');
    const { execution } = await world.call('revert', BROKEN);
    await world.until(execution.split(':').at(-1), 'AwaitHealthy');
    await world.call('revert', { by: 'olga', reason: 'errors' });
    await world.rest(HOUR);
  },

  'a cold revert that could not stop the release itself': async (world) => {
    await waiting(world, 'v1.2.0');
    world.interfere({ matches: by('revert', 'StopExecution'), fault: 'denied' });
    await world.call('revert', BROKEN);
    await world.rest(HOUR);
  },

  'a withdrawal while a release bakes': async (world) => {
    await waiting(world, 'v1.2.0');
    await world.approve('v1.2.0');
    await world.until('v1.2.0', 'Bake');
    await world.call('revert', BROKEN);
    await world.rest(HOUR);
  },

  'recovery by the sweep alone': async (world) => {
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    world.eventsArrive = false;
    await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
    await world.rest(1_000);
    await world.call('recover-release', { sweep: true });
    await world.rest(HOUR);
  },

  'recovery of a release that was complete, but could not finish': async (world) => {
    world.interfere({ matches: by('complete-release', 'PutImage'), fault: 'killed', times: 20 });
    await world.releaseFully('v1.2.0');
    await world.call('recover-release', { sweep: true });
  },

  'recovery of a release that was complete, but whose end was not written down': async (world) => {
    world.interfere({ matches: by('complete-release', 'DescribeServices'), fault: 'denied', times: Infinity });
    await world.releaseFully('v1.2.0');
    await world.rest(HOUR);
  },

  'an approval of a question that has to be put again': (world) => askedAgain(world, { decision: 'approve' }),

  'a rejection of a question that has to be put again': (world) =>
    askedAgain(world, { decision: 'reject', reason: 'no' }),

  'a completion that tells what others could not, and grants the turn to the dead': async (world) => {
    await waiting(world, 'v1.2.0');
    await queued(world, 'v1.3.0');
    world.eventsArrive = false;
    await world.call('operate', { action: 'cancel', release: 'v1.3.0', by: 'oscar', reason: 'wrong' });
    leaveUntold(world);
    await world.approve('v1.2.0');
    await world.rest(HOUR);
  },

  'a recovery that tells what others could not': async (world) => {
    await waiting(world, 'v1.2.0');
    leaveUntold(world);
    await world.call('decide', { release: 'v1.2.0', decision: 'reject', by: 'quinn', reason: 'no' });
    await world.rest(HOUR);
  },

  'a migration that is reverted': async (world) => {
    await waiting(world, 'v1.2.0');
    await migrationWaits(world);
    await world.approve('v1.2.0');
    await world.rest(HOUR);
    world.fleets.services.blue!.healthy = 0;
    await world.call('revert', BROKEN);
    await world.rest(HOUR);
  },

  'a migration that is canceled': async (world) => {
    await migrationWaits(world);
    await world.call('operate', { action: 'cancel', release: 'migrate-1', by: 'oscar', reason: 'wrong' });
    await world.rest(HOUR);
  },

  'freeze, unfreeze, hold, resume': async (world) => {
    await world.call('operate', { action: 'freeze', by: 'oscar', reason: 'sale', until: '2027-01-01T00:00:00Z' });
    world.release('v1.2.0');
    await world.rest();
    await world.call('operate', { action: 'unfreeze', by: 'oscar' });
    await world.call('operate', { action: 'resume', by: 'oscar' });
  },

  'maintenance while a release waits': async (world) => {
    await waiting(world, 'v1.2.0');
    await world.call('operate', { action: 'maintenance', maintenance: 'full', by: 'oscar', reason: 'disk' });
    await world.call('operate', { action: 'maintenance', maintenance: 'off', by: 'oscar', reason: 'disk' });
  },

  'retirement of either color, one with scaling left over': async (world) => {
    scales(world, 'GREEN');
    await world.call('retire-idle', world.schedules.at(-1)?.input);
    await world.releaseFully('v1.2.0');
    await world.call('retire-idle', world.schedules.at(-1)?.input);
  },

  'a release onto a color with scaling left over': async (world) => {
    scales(world, 'GREEN');
    await world.releaseFully('v1.2.0');
  },

  'the drift guard, with something to mend of every kind': async (world) => {
    const { BLUE_SERVICE, BLUE_FAMILY, GREEN_SERVICE } = process.env as Record<string, string>;
    leftRevision(world, BLUE_FAMILY!);
    world.fleets.targets[BLUE_SERVICE!]!.suspended = true;
    scales(world, 'GREEN');
    await world.call('check-drift', { trigger: 'schedule' });
    delete world.fleets.targets[BLUE_SERVICE!];
    await world.call('check-drift', { trigger: 'schedule' });
    await world.call('revert', BROKEN);
    delete world.fleets.targets[GREEN_SERVICE!];
    scales(world, 'BLUE');
    await world.call('check-drift', { trigger: 'schedule' });
    await waiting(world, 'v1.2.0').catch(() => undefined);
    await world.call('check-drift', { trigger: 'schedule' });
  },

  'a release that needs a waiver which ends soon': async (world) => {
    const cve = 'CVE-2026-0001';
    const waivers = [{ cve, reason: 'not reached', expires: '2026-11-25T00:00:00.000Z' }];
    world.policy = { ...world.policy, scan: { ...world.policy.scan, waivers, warnDays: 14 } };
    const operations = world.door.operations as Record<string, () => Promise<object>>;
    operations.DescribeImageScanFindings = async () => ({
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindings: { findings: [{ name: cve, severity: 'CRITICAL' }], findingSeverityCounts: { CRITICAL: 1 } },
    });
    await waiting(world, 'v1.2.0');
  },

  'telling EventBridge what the ledger records': (world) => world.call('emit-events', streamOf(world)),

  'what people ask before a release': async (world) => {
    await world.call('verify-release', { action: 'verify' });
    await world.call('verify-release', { action: 'verify', version: 'v1.2.0' });
    await world.call('verify-release', { action: 'plan', version: 'v1.2.0' });
    await world.call('verify-release', { action: 'assertions', version: 'v1.2.0' });
  },

  'what people read': async (world) => {
    await world.call('inspect', { action: 'status' });
    await world.call('inspect', { action: 'history' });
    await world.call('inspect', { action: 'events', release: 'v1.1.0' });
    await world.call('inspect', { action: 'places' });
  },

  'what people see and do at the console': async (world) => {
    const { body } = await perform(world, OLGA, 'release', { version: 'v1.2.0' });
    const { release } = body;
    await world.until(release, 'AwaitApproval');
    await world.rest(2_000);
    await perform(world, QUINN, 'preview', { release });
    await perform(world, QUINN, 'approve', { release });
    await world.until(release, 'Bake');
    await ask(world, OLGA, 'GET /api/overview');
    await ask(world, OLGA, 'GET /api/releases');
    await ask(world, OLGA, 'GET /api/releases/{release}', { parameters: { release } });
    await perform(world, OLGA, 'revert', { reason: 'broken', from: release });
    await perform(world, OLGA, 'resume', {});
  },

  'a migration without a release, while a release waits': (world) => migration(world, { action: 'update' }),

  'taking changesets back': (world) => migration(world, { action: 'rollback', count: 1 }),

  'taking back what a release applied': async (world) => {
    await migrationWaits(world, { action: 'rollback', release: 'v1.1.0' }).catch(() => undefined);
  },

  ...RESTORE_SCENARIOS,
  ...BACKUP_SCENARIOS,

  ...Object.fromEntries(
    Object.values(RELEASE_STEPS).map((folder) => [
      `a release whose ${folder} is refused everything`,
      async (world: RecordedWorld) => {
        world.interfere({ matches: ({ handler }) => handler === folder, fault: 'denied', times: Infinity });
        world.release('v1.2.0');
        await world.rest(HOUR);
        await world.call('decide', { release: 'v1.2.0', decision: 'approve', by: 'quinn' }).catch(() => undefined);
        await world.rest(HOUR);
        world.door.interferences.length = 0;
        await world.call('recover-release', { sweep: true });
        await world.rest(HOUR);
      },
    ]),
  ),
};
