import { AwsError } from '../../../local/cloud/model';
import { PRODUCTION, READ_ONLY, ROLLING, type Stage } from '../cloud/stage';
import type { Simulation } from '../cloud/simulation';
import { approveBeside, cancel, decide, HOUR, insist, MINUTE, over, reaches, released, revert } from './people';

/** Something that may happen to an environment. */
export interface Scenario {
  /** @default production */
  readonly stage?: Stage;
  /** `nothing` was released before, or v1.0.0 is the standby on green and v1.1.0 live on blue. @default 'two' */
  readonly begins?: 'nothing' | 'two';
  readonly run: (world: Simulation) => Promise<unknown>;
  /** How v1.2.0 ends when nothing goes wrong beside what the scenario is about. */
  readonly ends?: string;
}

const NEXT = 'v1.2.0';
/** A release that comes as far as `state` before something happens to it. */
const until = (state: string, then: (world: Simulation) => Promise<unknown>) => async (world: Simulation) => {
  world.release(NEXT);
  const approving = ['PrepareCutover', 'ShiftTraffic', 'WaitShiftTraffic', 'Bake', 'CompleteRelease'].includes(state);
  if (approving) void approveBeside(world, NEXT);
  await reaches(world, NEXT, state);
  await then(world);
  await over(world);
};

/** Without the turn it is not stopped; where the hold cannot be written either, it goes on after the revert. */
const revertAndGoOn = (world: Simulation) => (void approveBeside(world, NEXT), revert(world));

const revertIn = (state: string): Scenario => ({ run: until(state, revert), ends: 'reverted' });

const revertWhileMigrating = (state: string): Scenario => ({
  run: (world) => {
    world.changelog = ['a::1::ann', 'b::2::ben'];
    return until(state, revert)(world);
  },
  ends: 'reverted',
});

const migration = (stage: Stage, request: object, prepare: (world: Simulation) => void = () => {}): Scenario => ({
  stage,
  run: async (world) => {
    world.changelog = ['a::1::ann', 'b::2::ben'];
    prepare(world);
    world.executions.start('migrate-1', { version: 'v1.1.0', actor: 'dana', reason: 'by hand', ...request });
    await over(world);
  },
});

/** A queue of three, whatever the configuration makes of it. */
const queue =
  (concurrency: 'queue' | 'supersede' | 'reject') =>
  async (world: Simulation): Promise<void> => {
    world.policy = { ...world.policy, concurrency };
    for (const version of [NEXT, 'v1.3.0', 'v1.4.0']) {
      world.release(version);
      await world.rest(MINUTE);
    }
    for (const version of [NEXT, 'v1.3.0', 'v1.4.0']) await decide(world, version, 'approve');
    await over(world);
  };

const failing = (prepare: (world: Simulation) => void, ends = 'failed'): Scenario => ({
  ends,
  run: async (world) => {
    prepare(world);
    await released(world, NEXT);
  },
});

const rolling = (run: Scenario['run'], ends: string): Scenario => ({ stage: ROLLING, run, ends });
const roll = async (world: Simulation): Promise<void> => {
  world.release(NEXT);
  await over(world);
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'first release': { begins: 'nothing', run: (world) => released(world, NEXT), ends: 'released' },
  happy: { run: (world) => released(world, NEXT), ends: 'released' },
  migrations: failing((world) => (world.changelog = ['a::1::ann', 'b::2::ben']), 'released'),
  'read-only migrations': {
    ...failing((world) => (world.changelog = ['a::1::ann']), 'released'),
    stage: READ_ONLY,
  },
  'scan findings': failing((world) => {
    world.door.operations.DescribeImageScanFindings = async () => ({
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindings: {
        findings: [{ name: 'CVE-1', severity: 'CRITICAL' }],
        findingSeverityCounts: { CRITICAL: 1 },
      },
    });
  }),
  'scan never done': failing((world) => {
    world.door.operations.DescribeImageScanFindings = async () => ({ imageScanStatus: { status: 'IN_PROGRESS' } });
  }),
  'migration fails': failing((world) => {
    world.changelog = ['a::1::ann', 'b::2::ben'];
    world.brokenChangesets.add('b::2::ben');
  }),
  'read-only migration fails': {
    ...failing((world) => {
      world.changelog = ['a::1::ann'];
      world.brokenChangesets.add('a::1::ann');
    }),
    stage: READ_ONLY,
  },
  'verification fails': failing((world) => {
    world.changelog = ['a::1::ann'];
    world.brokenChangesets.add('verify');
  }),
  'snapshot fails': failing((world) => {
    world.changelog = ['a::1::ann'];
    world.door.operations.DescribeDBSnapshots = async () => ({ DBSnapshots: [{ Status: 'failed' }] });
  }),
  unhealthy: failing((world) => {
    world.fleets.services.green!.healthy = 0;
  }),
  'smoke test fails': failing((world) => {
    world.statusOf = () => 500;
  }),
  'alarm in shift': {
    run: until('WaitShiftTraffic', async (world) => world.ringing.add('green')),
    ends: 'failed',
  },
  'alarm in bake': { run: until('Bake', async (world) => world.ringing.add('green')), ends: 'failed' },
  rejected: {
    run: async (world) => {
      world.release(NEXT);
      await decide(world, NEXT, 'reject');
      await over(world);
    },
    ends: 'rejected',
  },
  'approval timed out': {
    run: async (world) => {
      world.release(NEXT);
      await over(world, 20 * 24 * HOUR);
    },
    ends: 'rejected',
  },
  'canceled waiting for approval': { run: until('AwaitApproval', (world) => cancel(world, NEXT)), ends: 'canceled' },
  'canceled while it migrates': {
    run: async (world) => {
      world.changelog = ['a::1::ann', 'b::2::ben'];
      await until('Migrate', (reached) => cancel(reached, NEXT))(world);
    },
    ends: 'canceled',
  },
  'canceled in bake': { run: until('Bake', (world) => cancel(world, NEXT)), ends: 'canceled' },
  'canceled in the queue': {
    run: async (world) => {
      world.release(NEXT);
      await reaches(world, NEXT, 'AwaitApproval');
      world.release('v1.3.0');
      await world.rest(MINUTE);
      await cancel(world, 'v1.3.0');
      await decide(world, NEXT, 'approve');
      await over(world);
    },
    ends: 'released',
  },
  'frozen from the start': {
    run: async (world) => {
      await insist(world, 'operate', { action: 'freeze', by: 'oscar', reason: 'sale', until: '2027-01-01T00:00:00Z' });
      await released(world, NEXT);
      await insist(world, 'operate', { action: 'unfreeze', by: 'oscar' });
    },
    ends: 'failed',
  },
  'frozen before cutover': {
    run: until('AwaitApproval', async (world) => {
      await insist(world, 'operate', { action: 'freeze', by: 'oscar', reason: 'sale', until: '2027-01-01T00:00:00Z' });
      await decide(world, NEXT, 'approve');
    }),
    ends: 'failed',
  },
  'queued by order': { run: queue('queue'), ends: 'released' },
  superseded: { run: queue('supersede'), ends: 'released' },
  refused: { run: queue('reject'), ends: 'released' },
  'warm revert': { run: (world) => revert(world) },
  'warm revert in a freeze': {
    run: async (world) => {
      await insist(world, 'operate', { action: 'freeze', by: 'oscar', reason: 'sale', until: '2027-01-01T00:00:00Z' });
      await revert(world);
    },
  },
  'repeated revert': {
    run: async (world) => {
      await revert(world);
      await revert(world);
    },
  },
  'revert of a revert': {
    run: async (world) => {
      await revert(world);
      await insist(world, 'operate', { action: 'resume', by: 'oscar' });
      await revert(world, 'it was the database', 'olga');
    },
  },
  'cold revert': {
    run: async (world) => {
      await world.rest(2 * HOUR);
      await revert(world);
      await over(world);
    },
  },
  'revert in OpenRelease': { run: until('OpenRelease', revertAndGoOn) },
  'revert in the queue': {
    run: async (world) => {
      world.release('v1.3.0');
      await reaches(world, 'v1.3.0', 'AwaitApproval');
      await until('AwaitTurn', revertAndGoOn)(world);
    },
    ends: 'failed',
  },
  'revert in CheckImage': { run: until('CheckImage', revert) },
  'revert in PlanMigrations': revertWhileMigrating('PlanMigrations'),
  'revert in AwaitSnapshot': revertWhileMigrating('WaitAwaitSnapshot'),
  'revert in Migrate': revertWhileMigrating('Migrate'),
  // The hold may be found before the stop comes.
  'revert in VerifyMigration': { ...revertWhileMigrating('VerifyMigration'), ends: undefined },
  'revert in DeployIdle': { run: until('DeployIdle', revert) },
  'revert in SmokeTest': revertIn('SmokeTest'),
  'revert in AwaitHealthy': revertIn('AwaitHealthy'),
  'revert in AwaitApproval': revertIn('AwaitApproval'),
  'revert in PrepareCutover': revertIn('PrepareCutover'),
  'revert in ShiftTraffic': revertIn('WaitShiftTraffic'),
  'revert in Bake': revertIn('Bake'),
  'revert in CompleteRelease': { run: until('CompleteRelease', revert) },
  retirement: { run: (world) => world.rest(2 * HOUR) },
  'dead holder': {
    run: until('AwaitApproval', async (world) => {
      world.eventsArrive = false;
      world.release('v1.3.0');
      await world.rest(MINUTE);
      await world.executions.operations.StopExecution({ executionArn: world.execution(NEXT)!.arn });
      await decide(world, 'v1.3.0', 'approve');
    }),
    ends: 'failed',
  },
  'deleted state machine': {
    run: until('Bake', async (world) => {
      world.eventsArrive = false;
      world.execution(NEXT)!.status = 'ABORTED';
      world.door.operations.DescribeExecution = async () => {
        throw new AwsError('ExecutionDoesNotExist', 'Execution Does Not Exist');
      };
      await world.rest(20 * MINUTE);
    }),
    ends: 'failed',
  },
  'rolling: happy': rolling(roll, 'released'),
  'rolling: migrations': rolling((world) => {
    world.changelog = ['a::1::ann'];
    return roll(world);
  }, 'released'),
  'rolling: unhealthy': rolling(async (world) => {
    world.fleets.services.blue!.healthy = 0;
    await roll(world);
  }, 'failed'),
  'rolling: canceled': rolling(async (world) => {
    world.release(NEXT);
    await reaches(world, NEXT, 'AwaitHealthy');
    await cancel(world, NEXT);
    await over(world);
  }, 'canceled'),
  'migration: update': migration(PRODUCTION, { action: 'update' }),
  'migration: update fails': migration(PRODUCTION, { action: 'update' }, (world) =>
    world.brokenChangesets.add('b::2::ben'),
  ),
  'migration: read-only': migration(READ_ONLY, { action: 'update' }),
  'migration: rollback': migration(PRODUCTION, { action: 'rollback', count: 1 }, (world) =>
    world.applied.push('a::1::ann'),
  ),
  'migration: rolling': migration(ROLLING, { action: 'update' }),
};
