import { timeline } from '../../lambda/domain/timeline';

const at = (minute: number) => `2026-11-21T08:${String(minute).padStart(2, '0')}:00.000Z`;
const release = { kind: 'release' as const, startedAt: at(0) };
/** Events by name, one a minute. */
const events = (...names: string[]) => names.map((event, index) => ({ event, at: at(index + 1) }));
const states = (...args: Parameters<typeof timeline>) =>
  Object.fromEntries(timeline(...args).map(({ name, state }) => [name, state]));

const TO_SMOKE = ['OpenRelease', 'AwaitTurn', 'CheckImage', 'Migrate', 'DeployIdle', 'AwaitHealthy', 'SmokeTest'];
const TO_CUTOVER = [...TO_SMOKE, 'AwaitApproval', 'Decision', 'PrepareCutover'];

test('a phase lasts from the end of the one before to its own', () => {
  const [open, turn] = timeline(release, events('OpenRelease', 'Queued', 'AwaitTurn'));

  expect(open).toMatchObject({ state: 'done', from: at(0), to: at(1) });
  expect(turn).toMatchObject({
    state: 'done',
    from: at(1),
    to: at(3),
    events: [{ event: 'Queued' }, { event: 'AwaitTurn' }],
  });
});

test('the phase that nothing has ended is the current one, and lasts on', () => {
  const phases = timeline(release, events(...TO_SMOKE, 'AwaitApproval'));

  expect(phases.filter(({ state }) => state === 'current')).toMatchObject([{ name: 'Approval', from: at(7) }]);
  expect(phases.at(-1)).toMatchObject({ name: 'Complete', state: 'ahead' });
});

test.each([
  ['a shift that has begun', [...TO_CUTOVER, 'ShiftTraffic:5', 'ShiftTraffic:25'], { Shift: 'current', Bake: 'ahead' }],
  [
    'a shift that reached all',
    [...TO_CUTOVER, 'ShiftTraffic:5', 'ShiftTraffic:100'],
    { Shift: 'done', Bake: 'current' },
  ],
  ['one of two approvals', [...TO_SMOKE, 'Approval:1'], { Approval: 'current' }],
  [
    'a release without approval',
    [...TO_SMOKE, 'PrepareCutover'],
    { Approval: 'skipped', Guard: 'done', Shift: 'current' },
  ],
])('%s', (_what, names, expected) => {
  expect(states(release, events(...names))).toMatchObject(expected);
});

test.each([
  ['failed', { Health: 'stopped', Deploy: 'done', Approval: 'ahead' }],
  ['released', { Health: 'skipped' }],
])('a release that is %s has no phase under way', (outcome, expected) => {
  const ended = { ...release, outcome, endedAt: at(9) };

  const phases = states(ended, events('OpenRelease', 'AwaitTurn', 'CheckImage', 'Migrate', 'DeployIdle'));

  expect(phases).toMatchObject(expected);
  expect(Object.values(phases)).not.toContain('current');
});

test('a release that ended stops its last phase at its end', () => {
  const phases = timeline({ ...release, outcome: 'rejected', endedAt: at(30) }, events(...TO_SMOKE, 'AwaitApproval'));
  expect(phases.find(({ name }) => name === 'Approval')).toMatchObject({ state: 'stopped', from: at(7), to: at(30) });
});

test.each([
  [
    { ...release, kind: 'revert' as const },
    events('OpenRelease', 'AwaitTurn', 'DeployIdle'),
    { Scan: 'skipped', Health: 'current' },
  ],
  [
    { ...release, kind: 'migration' as const },
    events('OpenMigration', 'AwaitTurn'),
    { Open: 'done', Migrate: 'current' },
  ],
])('$kind has phases of its own', (record, happened, expected) => {
  expect(states(record, happened)).toMatchObject(expected);
});

test('a rolling release ends with the roll', () => {
  const rolled = events('OpenRelease', 'AwaitTurn', 'CheckImage', 'RollLive');
  expect(states(release, rolled, 'rolling')).toMatchObject({ Roll: 'done', Health: 'current' });
});
