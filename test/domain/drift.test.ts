import { compareReports, type Difference, findDrift, type FleetFound, type Found } from '../../lambda/domain/drift';
import { claimIdle, moveRoute, revertToStandby, type Route, seedRoute, shiftTo } from '../../lambda/domain/route';

const writer = (nonce: string) => ({ release: nonce, nonce });
const step = (route: Route, change: Parameters<typeof moveRoute>[1]) => moveRoute(route, change, writer('any'));

/** v1 live on green, then v2 live on blue with v1 as standby. */
const first = step(step(seedRoute(writer('v1')), claimIdle('v1')), shiftTo('v1', 100));
const ROUTE = step(step(first, claimIdle('v2')), shiftTo('v2', 100));

const fleet = (release: string | null, changes: Partial<FleetFound> = {}): FleetFound => ({
  taskDefinition: `revision of ${release}`,
  release,
  active: true,
  digest: `digest of ${release}`,
  deployments: 1,
  running: [`revision of ${release}`, `revision of ${release}`],
  desired: 2,
  newest: { taskDefinition: `revision of ${release}`, release },
  attached: true,
  scaling: null,
  ...changes,
});
const SCALING = { min: 2, max: 6, suspended: false };
const BLUE = fleet('v2', { scaling: SCALING });
const GREEN = fleet('v1');
const RECORDED = { release: 'v2', digest: 'digest of v2' };

const found = (changes: Partial<Found> = {}): Found => ({
  route: ROUTE,
  fleets: { blue: BLUE, green: GREEN },
  recorded: RECORDED,
  holder: null,
  holderEnded: false,
  size: { min: 2, max: 6 },
  ...changes,
});
const blue = (changes: Partial<FleetFound>) => found({ fleets: { blue: { ...BLUE, ...changes }, green: GREEN } });
const green = (changes: Partial<FleetFound>) => found({ fleets: { blue: BLUE, green: { ...GREEN, ...changes } } });
const newest = (release: string | null) => ({ taskDefinition: `revision of ${release}`, release });

test.each<[string, Found]>([
  ['a version is live and another one warm', found()],
  ['nothing was released yet', found({ route: null, recorded: null })],
  [
    'the first release is live and a placeholder beside it',
    found({
      route: first,
      recorded: { release: 'v1', digest: 'digest of v1' },
      fleets: { blue: fleet(null), green: { ...GREEN, scaling: SCALING } },
    }),
  ],
  [
    'traffic was sent back',
    found({
      route: step(ROUTE, revertToStandby()),
      recorded: { release: 'v1', digest: 'digest of v1' },
      fleets: { blue: fleet('v2'), green: { ...GREEN, scaling: SCALING } },
    }),
  ],
  [
    'a release is at work on the idle color',
    found({
      route: step(ROUTE, claimIdle('v3')),
      holder: 'v3',
      fleets: { blue: BLUE, green: fleet('v1', { newest: newest('v3'), deployments: 2 }) },
    }),
  ],
  [
    'a release shifts',
    found({
      route: step(step(ROUTE, claimIdle('v3')), shiftTo('v3', 25)),
      holder: 'v3',
      fleets: { blue: { ...BLUE, scaling: { ...SCALING, suspended: true } }, green: fleet('v3') },
    }),
  ],
  [
    'a failed release was taken back',
    found({
      route: { ...ROUTE, standby: null, releases: { blue: 'v2', green: null } },
      fleets: { blue: BLUE, green: fleet('v3', { active: false, desired: 0, running: [], newest: newest('v1') }) },
    }),
  ],
  ['a live fleet replaces its tasks', blue({ deployments: 2, running: ['revision of v2', 'an older one'] })],
  ['a rolling environment', found({ route: null, fleets: { blue: fleet('v2') } })],
  [
    'a rolling environment while it is released to',
    found({ route: null, holder: 'v3', fleets: { blue: fleet('v3', { deployments: 2 }) } }),
  ],
])('there is no difference when %s', (_when, world) => {
  expect(findDrift(world)).toEqual([]);
});

type Row = [string, Found, Partial<Difference>];

test.each<Row>([
  ['the store lost the route', found({ route: null }), { name: 'route-missing', severity: 'dangerous' }],
  [
    'somebody deployed to the live color',
    blue({ release: 'v0', taskDefinition: 'revision of v0', running: ['revision of v0'], newest: newest('v0') }),
    { name: 'runs-another-release', severity: 'dangerous', color: 'blue' },
  ],
  [
    'the live color runs the placeholder again',
    blue({ ...fleet(null), scaling: SCALING }),
    { name: 'runs-another-release', severity: 'dangerous', color: 'blue' },
  ],
  [
    'somebody deployed to the standby',
    green(fleet('v0')),
    { name: 'runs-another-release', severity: 'dangerous', color: 'green' },
  ],
  [
    'the live revision pins another image',
    blue({ digest: 'another' }),
    { name: 'runs-another-digest', severity: 'dangerous', color: 'blue' },
  ],
  [
    'the live revision pins no image',
    blue({ digest: null }),
    { name: 'runs-another-digest', severity: 'dangerous', color: 'blue' },
  ],
  [
    'a task of the live color runs something else',
    blue({ running: ['revision of v2', 'mine'] }),
    { name: 'mixed-revisions', severity: 'dangerous', color: 'blue' },
  ],
  [
    'the live service has another target group',
    blue({ attached: false }),
    { name: 'target-group-detached', severity: 'dangerous', color: 'blue' },
  ],
  [
    'the live revision was deregistered',
    blue({ active: false, newest: newest('v1') }),
    { name: 'revision-gone', severity: 'warning', color: 'blue' },
  ],
  [
    'a dead release left a revision behind',
    blue({ newest: newest('v9') }),
    { name: 'newer-revision', severity: 'warning', safely: { act: 'deregister', taskDefinition: 'revision of v9' } },
  ],
  [
    'somebody registered a revision by hand',
    green({ newest: newest(null) }),
    { name: 'newer-revision', severity: 'warning', color: 'green', safely: undefined },
  ],
  [
    'the ledger missed a revert',
    found({ recorded: { release: 'v1', digest: 'digest of v1' } }),
    { name: 'ledger-behind', severity: 'warning' },
  ],
  [
    'a shift has no release',
    found({ route: step(step(ROUTE, claimIdle('v3')), shiftTo('v3', 25)), fleets: { blue: BLUE, green: fleet('v3') } }),
    { name: 'shift-without-release', severity: 'dangerous', color: 'green' },
  ],
  [
    'a release that has ended has the turn',
    found({ holder: 'v2', holderEnded: true }),
    { name: 'turn-left-over', severity: 'warning' },
  ],
  [
    'somebody scaled the standby in',
    green({ desired: 0, running: [] }),
    { name: 'standby-without-tasks', severity: 'warning', color: 'green' },
  ],
  [
    'the live color does not scale',
    blue({ scaling: null }),
    { name: 'scaling-missing', safely: { act: 'start-scaling', color: 'blue' } },
  ],
  [
    'the live color does not scale, and is larger than it may be',
    blue({ scaling: null, desired: 9 }),
    { name: 'scaling-missing', safely: undefined },
  ],
  [
    'the bounds were configured anew',
    blue({ scaling: { ...SCALING, max: 4 } }),
    { name: 'scaling-bounds', safely: { act: 'start-scaling', color: 'blue' } },
  ],
  [
    'the new bounds would shrink the live fleet',
    found({ size: { min: 2, max: 3 }, fleets: { blue: { ...BLUE, desired: 5 }, green: GREEN } }),
    { name: 'scaling-bounds', safely: undefined },
  ],
  [
    'a release left scale-in suspended',
    blue({ scaling: { ...SCALING, suspended: true } }),
    { name: 'scaling-suspended', safely: { act: 'resume-scaling', color: 'blue' } },
  ],
  [
    'the standby scales',
    green({ scaling: SCALING }),
    { name: 'scaling-left-over', safely: { act: 'stop-scaling', color: 'green' } },
  ],
  [
    'the one fleet runs something else',
    found({ route: null, fleets: { blue: fleet('v0') } }),
    { name: 'runs-another-release', severity: 'dangerous' },
  ],
])('when %s, exactly that is named', (_when, world, difference) => {
  const named = findDrift(world).map((each) => ({ safely: undefined, ...each }));
  expect(named).toEqual([expect.objectContaining(difference)]);
});

test('each difference says what is, what should be, and what to do', () => {
  const [difference] = findDrift(green(fleet('v0')));
  expect(difference).toMatchObject({
    meaning: 'green is the standby with v1, but its service runs revision of v0 of v0',
    mend: expect.stringContaining('do not revert to it'),
  });
});

describe('people are told', () => {
  const [difference] = findDrift(blue({ attached: false })) as [Difference];
  const [other] = findDrift(blue({ scaling: null })) as [Difference];
  const report = (differences: Difference[], toldAt?: string) => ({
    checkedAt: '',
    trigger: '',
    mended: [],
    differences,
    toldAt,
  });
  const now = new Date('2026-11-21T12:00:00Z');

  test.each<[string, Difference[], Difference[], string | undefined, object]>([
    ['of the first difference', [], [difference], undefined, { tell: true, appeared: [difference] }],
    [
      'not of one that they were told of an hour ago',
      [difference],
      [difference],
      '2026-11-21T11:00:00Z',
      { tell: false, appeared: [] },
    ],
    [
      'again of one that stands after a day',
      [difference],
      [difference],
      '2026-11-20T12:00:00Z',
      { tell: true, appeared: [] },
    ],
    [
      'of a second one at once',
      [difference],
      [difference, other],
      '2026-11-21T11:00:00Z',
      { tell: true, appeared: [other] },
    ],
    [
      'of nothing when one went away',
      [difference, other],
      [other],
      '2026-11-21T11:00:00Z',
      { tell: false, gone: [difference] },
    ],
    ['of nothing when nothing is there', [difference], [], '2026-11-20T11:00:00Z', { tell: false, gone: [difference] }],
  ])('%s', (_what, before, after, toldAt, expected) => {
    expect(compareReports(report(before, toldAt), after, now)).toMatchObject(expected);
  });
});
