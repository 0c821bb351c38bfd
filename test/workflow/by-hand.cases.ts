import { beginning } from './campaign/beginning';
import { comesTo, decide, reaches, toRest } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';

/** What people may do in the console of Step Functions, where nothing of the workflow stands between. */
let world: Simulation;
beforeEach(async () => {
  world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) });
});
afterEach(() => world.close());

const NEXT = 'v1.2.0';

const comes = (state: string) => comesTo(world, NEXT, state);

describe('an execution of another state machine under the name of a release', () => {
  const twin = {
    arn: `${PRODUCTION.settings.STATE_MACHINE_ARN!.replace('stateMachine', 'execution').replace(/release$/, 'migrate')}:${NEXT}`,
    name: NEXT,
    startedAt: '2026-11-21T09:00:00.000Z',
  };
  const request = { version: 'v1.1.0', action: 'update', actor: 'dana', reason: 'by hand' };

  test('is not opened: a name is the key of everything', async () => {
    await comes('Bake');

    await expect(world.call('open-migration', { request, execution: twin })).rejects.toMatchObject({
      name: 'InvalidRelease',
      message: expect.stringContaining('choose another name'),
    });
  });

  test.each([
    ['fails', { request, execution: twin, error: { Error: 'InvalidRelease', Cause: 'the name is taken' } }],
    [
      'is aborted',
      {
        detail: {
          name: NEXT,
          executionArn: twin.arn,
          status: 'ABORTED',
          input: JSON.stringify(request),
          startDate: Date.parse(twin.startedAt),
        },
      },
    ],
  ])('takes nothing from that release when it %s', async (_how, event) => {
    await comes('Bake');

    const end = await world.call('recover-release', event);
    await toRest(world);

    expect(end).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('choose another name') });
    expect(world.record(NEXT)).toMatchObject({ outcome: 'released' });
    expect(atRest(world)).toEqual([]);
  });
});

describe('whatever an execution is started with, it has an end that people hear of', () => {
  const long = 'x'.repeat(200_000);
  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'v1.2.0'],
    ['a list', []],
    ['a number', 7],
    ['nothing in it', {}],
    ['objects for texts', { version: { a: 1 }, actor: {} }],
    ['a version without end', { version: long, actor: 'dana' }],
    ['an actor without end', { version: NEXT, actor: long }],
  ])('%s', async (_what, input) => {
    world.executions.start('by-hand', input as never);
    await toRest(world);

    expect(world.execution('by-hand')).toMatchObject({ status: 'FAILED' });
    expect(world.record('by-hand')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^InvalidRelease: /),
      notifiedAt: expect.any(String),
    });
    expect(JSON.stringify(world.record('by-hand')).length).toBeLessThan(4_000);
    expect(JSON.stringify(world.notifications.at(-1)).length).toBeLessThan(8_000);
    expect(atRest(world)).toEqual([]);
  });
});

describe('a release that was canceled and is redriven', () => {
  test.each([
    ...['OpenRelease', 'AwaitTurn', 'CheckImage', 'PlanMigrations', 'RecordPlan', 'SnapshotDatabase'],
    ...['DeployIdle', 'AwaitHealthy', 'SmokeTest', 'AwaitApproval', 'PrepareCutover'],
    ...['ShiftTraffic', 'WaitShiftTraffic', 'Bake'],
  ])('at %s changes nothing', async (state) => {
    world.changelog = ['a::1::ann'];
    if (state === 'AwaitTurn') {
      world.release('v1.1.1');
      await reaches(world, 'v1.1.1', 'AwaitApproval');
    }
    await comes(state);
    if (state === 'OpenRelease') await world.clock.pass(() => world.record(NEXT) !== undefined);
    await world.call('operate', { action: 'cancel', release: NEXT, by: 'oscar', reason: 'wrong' });
    await decide(world, 'v1.1.1', 'reject');
    await toRest(world);
    const before = { route: world.route, applied: [...world.applied], snapshots: world.snapshots.size };

    world.executions.redrive(NEXT);
    await toRest(world);

    expect(world.record(NEXT)).toMatchObject({ outcome: 'canceled' });
    expect({ route: world.route, applied: world.applied, snapshots: world.snapshots.size }).toEqual(before);
    expect(atRest(world)).toEqual([]);
  });
});
