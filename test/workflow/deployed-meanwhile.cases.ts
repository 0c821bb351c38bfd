import { otherColor } from '../../lambda/domain/color';
import { beginning } from './campaign/beginning';
import { approveBeside, reaches, toRest } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION } from './cloud/stage';

/** `cdk deploy` while a release is under way: its next step has the new variables, and its state is the old one. */
let world: Simulation;
beforeEach(async () => void (world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) })));
afterEach(() => world.close());

const steps = (...percents: number[]) => percents.map((percent) => ({ percent, checks: percent === 100 ? 0 : 1 }));

test.each([
  ['fewer', steps(100)],
  ['smaller', steps(5, 10, 20, 100)],
  ['other', steps(30, 60, 100)],
  ['longer', steps(10, 50, 100).map((each) => ({ ...each, checks: 3 }))],
])('%s traffic steps count from where the shift stands', async (_what, traffic) => {
  world.policy = { ...world.policy, traffic: steps(10, 50, 100) };
  world.release('v1.2.0');
  void approveBeside(world, 'v1.2.0');
  await reaches(world, 'v1.2.0', 'ShiftTraffic');
  await world.clock.pass(() => world.route?.shift?.percent === 50);
  world.policy = { ...world.policy, traffic };
  await toRest(world);

  const shares = world.routes.flatMap(({ route }) => route.shift?.percent ?? []);
  expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released' });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(atRest(world)).toEqual([]);
});

test.each(['AwaitHealthy', 'AwaitApproval', 'WaitShiftTraffic', 'Bake'])(
  'another size at %s lets the release go on, and counts from then on',
  async (state) => {
    world.release('v1.2.0');
    void approveBeside(world, 'v1.2.0');
    await reaches(world, 'v1.2.0', state);
    world.policy = { ...world.policy, size: { ...world.policy.size, max: 9 } };
    await toRest(world);

    expect(world.record('v1.2.0')).toMatchObject({ outcome: 'released' });
    expect(world.fleets.targets[world.route!.live]).toMatchObject({ max: 9 });
    expect(world.fleets.targets[otherColor(world.route!.live)]).toBeUndefined();
    expect(atRest(world)).toEqual([]);
  },
);
