import { outcomeOf, ReleaseError } from '../../lambda/domain/errors';
import { activeFreeze } from '../../lambda/domain/freeze';
import { validateRequest } from '../../lambda/domain/request';
import { chooseRevert } from '../../lambda/domain/revert';
import { claimIdle, moveRoute, type RouteChange, seedRoute, shiftTo } from '../../lambda/domain/route';
import { judgeScan, type ScanReport } from '../../lambda/domain/scan';
import { snapshotName } from '../../lambda/domain/snapshot-name';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('a scan', () => {
  const finding = (id: string, severity: string) => ({ id, severity });
  const waiver = (cve: string, expires: string) => ({ cve, expires, reason: 'not reachable' });

  test.each<[string, ScanReport, string]>([
    ['complete and empty passes', { status: 'COMPLETE', findings: [] }, 'passed'],
    ['continuous and empty passes', { status: 'ACTIVE', findings: [] }, 'passed'],
    ['with harmless findings passes', { status: 'COMPLETE', findings: [finding('C-1', 'MEDIUM')] }, 'passed'],
    ['with a grave finding fails', { status: 'COMPLETE', findings: [finding('C-1', 'HIGH')] }, 'findings'],
    ['with an unknown severity fails', { status: 'COMPLETE', findings: [finding('C-1', 'DREADFUL')] }, 'findings'],
    ['complete without counts is awaited', { status: 'COMPLETE', findings: null }, 'pending'],
    ['in progress is awaited', { status: 'IN_PROGRESS', findings: [] }, 'pending'],
    ['not found is awaited', { status: 'NOT_FOUND', findings: null }, 'pending'],
    ['of an unsupported image is unavailable', { status: 'UNSUPPORTED_IMAGE', findings: [] }, 'unavailable'],
    ['that failed is unavailable', { status: 'FAILED', findings: [] }, 'unavailable'],
    ['in a state nobody knows is unavailable', { status: 'BRAND_NEW', findings: [] }, 'unavailable'],
  ])('%s', (_what, report, kind) => {
    expect(judgeScan(report, 'HIGH', [], NOW).kind).toBe(kind);
  });

  test('a waiver holds for its finding until it expires', () => {
    const report = { status: 'COMPLETE', findings: [finding('CVE-1', 'CRITICAL')] };

    expect(judgeScan(report, 'HIGH', [waiver('CVE-1', '2026-11-22T00:00:00Z')], NOW).kind).toBe('passed');
    expect(judgeScan(report, 'HIGH', [waiver('CVE-1', '2026-11-21T00:00:00Z')], NOW).kind).toBe('findings');
    expect(judgeScan(report, 'HIGH', [waiver('CVE-2', '2026-11-22T00:00:00Z')], NOW).kind).toBe('findings');
  });
});

describe('a freeze', () => {
  const window = { from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z', reason: 'sale' };
  const operator = { by: 'ada', until: '2026-11-21T13:00:00Z', reason: 'incident' };

  test.each([
    ['a window of the configuration holds within it', [window], null, NOW, 'sale'],
    ['and not after it', [window], null, new Date('2026-11-22T00:00:00Z'), null],
    ['an operator freezes until a time', [], operator, NOW, 'incident'],
    ['and not longer', [], operator, new Date('2026-11-21T13:00:00Z'), null],
  ])('%s', (_what, windows, freeze, now, reason) => {
    const active = activeFreeze(windows, freeze, now);
    if (reason === null) expect(active).toBeNull();
    else expect(active).toContain(reason);
  });
});

describe('a request', () => {
  const request = { version: 'v1.2.3', actor: 'ada' };

  test.each([
    ['a version', request],
    ['a pre-release', { ...request, version: 'v1.2.3-rc.1' }],
    ['a commit', { ...request, commit: 'a'.repeat(40) }],
    ['a revert', { ...request, kind: 'revert' as const, reason: 'slow', taskDefinition: 'arn' }],
  ])('with %s is taken', (_what, given) => {
    expect(() => validateRequest(given)).not.toThrow();
  });

  test.each([
    ['no version', { actor: 'ada' }, 'version undefined'],
    ['a version without v', { ...request, version: '1.2.3' }, 'version "1.2.3"'],
    ['a shell in the version', { ...request, version: 'v1.2.3;ls' }, 'no tag of the form'],
    ['no actor', { version: 'v1.2.3' }, 'actor'],
    ['a short commit', { ...request, commit: 'abc' }, 'commit "abc"'],
    ['an unknown kind', { ...request, kind: 'redo' }, 'kind "redo"'],
    ['a revert without a reason', { ...request, kind: 'revert', taskDefinition: 'arn' }, 'needs a reason'],
  ])('with %s is refused', (_what, given, message) => {
    expect(() => validateRequest(given as never)).toThrow(expect.objectContaining({ name: 'InvalidRelease' }));
    expect(() => validateRequest(given as never)).toThrow(message);
  });
});

describe('a revert', () => {
  const writer = { release: 'x', nonce: 'y' };
  const move = (...changes: RouteChange[]) =>
    changes.reduce((route, change) => moveRoute(route, change, writer), seedRoute(writer));
  const steady = move(claimIdle('v0'), shiftTo('v0', 100), claimIdle('v1'), shiftTo('v1', 100));
  const claimed = moveRoute(steady, claimIdle('v2'), writer);
  const shifting = moveRoute(claimed, shiftTo('v2', 25), writer);
  const baking = moveRoute(shifting, shiftTo('v2', 100), writer);

  test.each([
    ['goes to the standby when nothing runs', steady, null, 2, { kind: 'warm', to: 'green' }],
    ['goes to the standby while a release has not claimed it yet', steady, 'v2', 2, { kind: 'warm', to: 'green' }],
    ['believes in a standby that cannot be read', steady, null, null, { kind: 'warm', to: 'green' }],
    ['is cold when the standby is dead', steady, null, 0, { kind: 'cold' }],
    ['is cold when the standby was given up', claimed, 'v2', null, { kind: 'cold' }],
    ['withdraws a release that shifts', shifting, 'v2', null, { kind: 'withdraw', release: 'v2', to: 'blue' }],
    ['withdraws a release that bakes', baking, 'v2', 2, { kind: 'withdraw', release: 'v2', to: 'blue' }],
  ] as const)('%s', (_what, route, holder, healthy, way) => {
    expect(chooseRevert(route, holder, healthy)).toMatchObject(way);
  });
});

test.each([
  ['Rejected', 'rejected'],
  ['ApprovalTimedOut', 'rejected'],
  ['Superseded', 'superseded'],
  ['Canceled', 'canceled'],
  ['RevertedMeanwhile', 'reverted'],
  ['FleetUnhealthy', 'failed'],
  ['States.Timeout', 'failed'],
  ['AccessDeniedException', 'failed'],
])('a release that meets %s ends as %s', (name, outcome) => {
  expect(outcomeOf(name)).toBe(outcome);
});

test('an error keeps its name, message and cause', () => {
  const cause = new Error('below');
  expect(new ReleaseError('Transient', 'above', { cause })).toMatchObject({
    name: 'Transient',
    message: 'above',
    cause,
  });
});

test.each([
  ['v1.1.0-k3x', 'greenroom-v1-1-0-k3x'],
  ['--Odd__Name--', 'greenroom-odd-name'],
  ['x'.repeat(300), `greenroom-${'x'.repeat(245)}`],
])('the snapshot of release %s has a name that RDS takes', (release, name) => {
  expect(snapshotName(release)).toBe(name);
  expect(snapshotName(release)).toMatch(/^[a-z](-?[a-z0-9])*$/);
});
