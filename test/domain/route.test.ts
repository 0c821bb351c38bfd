import fc from 'fast-check';
import { otherColor } from '../../lambda/domain/color';
import {
  beginReadOnly,
  claimIdle,
  endReadOnly,
  formatRoute,
  idleColor,
  moveRoute,
  openPreview,
  parseRoute,
  retireStandby,
  revertToStandby,
  type Route,
  type RouteChange,
  seedRoute,
  setMaintenance,
  shiftTo,
  takeIdle,
  withdraw,
} from '../../lambda/domain/route';

const writer = { release: 'r1', nonce: 'n1' };
const move = (route: Route, ...changes: RouteChange[]) =>
  changes.reduce((current, change) => moveRoute(current, change, writer), route);
const HASH = 'a'.repeat(64);

/** v1 is live on green, v0 ran on blue before. */
const live = move(seedRoute(writer), claimIdle('v0'), shiftTo('v0', 100), claimIdle('v1'), shiftTo('v1', 100));

describe('the route of a release', () => {
  test('a first release leaves no standby behind, since the placeholder is none', () => {
    const route = move(seedRoute(writer), claimIdle('v0'), shiftTo('v0', 100));

    expect(route).toMatchObject({ live: 'green', standby: null, releases: { blue: null, green: 'v0' } });
  });

  test('a cutover makes the color live that was idle, and the old one standby', () => {
    expect(live).toMatchObject({ live: 'blue', standby: 'green', releases: { blue: 'v1', green: 'v0' } });
  });

  test('claiming the idle color ends the revert window of the release before', () => {
    expect(move(live, claimIdle('v2'))).toMatchObject({ live: 'blue', standby: null, releases: { green: 'v2' } });
  });

  test('a shift has a sticky rule from its first step to its end, with another salt for each release', () => {
    const first = move(live, claimIdle('v2'), shiftTo('v2', 5));
    const other = move(live, claimIdle('v3'), shiftTo('v3', 5));

    expect(first.sticky).toMatchObject({ seconds: 7 * 24 * 3600 });
    expect(move(first, shiftTo('v2', 25)).sticky).toEqual(first.sticky);
    expect(other.sticky?.salt).not.toBe(first.sticky?.salt);
    expect(move(first, shiftTo('v2', 100)).sticky).toBeNull();
    expect(move(first, withdraw('v2')).sticky).toBeNull();
  });

  test('the salt hangs on the preview’s hash, which nobody outside knows', () => {
    const salts = ['a', 'b'].map(
      (digit) => move(live, claimIdle('v2'), openPreview('v2', digit.repeat(64), 1), shiftTo('v2', 5)).sticky?.salt,
    );

    expect(salts[0]).not.toBe(salts[1]);
  });

  test('a withdrawn color that viewers were on fades, also under the next claim; one that nobody saw does not', () => {
    const claimed = move(live, claimIdle('v2'));
    const withdrawn = move(claimed, shiftTo('v2', 5), withdraw('v2', 99));

    expect(withdrawn.fading).toEqual({ color: 'green', until: 99 });
    expect(move(claimed, withdraw('v2', 99)).fading).toBeNull();
    expect(move(withdrawn, claimIdle('v3')).fading).toEqual(withdrawn.fading);
  });

  test('a standby that is given up fades, until its release is withdrawn and after it, or until the cutover', () => {
    const given = move(live, claimIdle('v2', 99));
    const fading = { color: 'green', until: 99 };

    expect(given.fading).toEqual(fading);
    expect(move(given, withdraw('v2', 0)).fading).toEqual(fading);
    expect(move(given, shiftTo('v2', 100)).fading).toBeNull();
    expect(move(move(given, shiftTo('v2', 25)), takeIdle('v3', 120)).fading).toEqual({ color: 'green', until: 120 });
  });

  test('canary steps only grow', () => {
    const at25 = move(live, claimIdle('v2'), shiftTo('v2', 5), shiftTo('v2', 25));

    expect(at25.shift).toEqual({ to: 'green', percent: 25 });
    expect(() => move(at25, shiftTo('v2', 5))).toThrow('cannot shift to 5 %');
  });

  test.each([
    ['before the cutover', move(live, claimIdle('v2'), openPreview('v2', HASH, 1))],
    ['in the middle of a shift', move(live, claimIdle('v2'), shiftTo('v2', 25))],
    ['after it', move(live, claimIdle('v2'), shiftTo('v2', 100))],
  ])('withdrawing a release %s makes what ran before live for everybody', (_when, route) => {
    expect(move(route, withdraw('v2'))).toMatchObject({
      live: 'blue',
      standby: null,
      shift: null,
      preview: null,
      releases: { blue: 'v1', green: null },
    });
  });

  test('a revert makes the standby live, and a revert of the revert brings everything back', () => {
    const reverted = move(live, revertToStandby());

    expect(reverted).toMatchObject({ live: 'green', standby: 'blue' });
    expect(move(reverted, revertToStandby())).toMatchObject({ live: 'blue', standby: 'green' });
  });

  test.each<[string, Route, RouteChange]>([
    ['shift to a release that is not on the idle color', live, shiftTo('v9', 100)],
    ['preview of a release that is not on the idle color', live, openPreview('v9', HASH, 1)],
    ['revert without a standby', move(live, claimIdle('v2')), revertToStandby()],
    ['retirement of the live color', live, retireStandby('blue')],
    ['withdrawal of a live release with nothing to go back to', move(live, retireStandby('green')), withdraw('v1')],
    ['withdrawal of a release that is nowhere', live, withdraw('v9')],
    ['claim in the middle of a shift', move(live, claimIdle('v2'), shiftTo('v2', 5)), claimIdle('v3')],
  ])('refuses a %s', (_what, route, change) => {
    expect(() => move(route, change)).toThrow(expect.objectContaining({ name: 'RouteConflict' }));
  });
});

describe('read-only mode', () => {
  const readOnly = move(live, beginReadOnly('v2'));

  test('is begun and ended by the same release, and leaves everything else as it is', () => {
    expect(readOnly).toMatchObject({ maintenance: 'read-only', readOnlyFor: 'v2', live: 'blue', standby: 'green' });
    expect(move(readOnly, endReadOnly('v2'))).toMatchObject({ maintenance: 'off', readOnlyFor: null });
    expect(() => move(readOnly, endReadOnly('v3'))).toThrow('v3 did not make it read-only');
    expect(() => move(readOnly, beginReadOnly('v3'))).toThrow('v2 made it read-only already');
  });

  test.each(['read-only', 'full'] as const)('what an operator set to %s is not a release’s to end', (maintenance) => {
    const set = move(live, setMaintenance(maintenance));

    expect(move(set, beginReadOnly('v2'))).toMatchObject({ maintenance, readOnlyFor: null });
    expect(() => move(set, endReadOnly('v2'))).toThrow('did not make it read-only');
    expect(move(set, claimIdle('v2'))).toMatchObject({ maintenance });
  });

  test('is not ended under a migration by a person, who may take it over', () => {
    expect(() => move(readOnly, setMaintenance('off'))).toThrow('v2 migrates in read-only mode');
    expect(move(readOnly, setMaintenance('read-only'))).toMatchObject({ maintenance: 'read-only', readOnlyFor: null });
    expect(move(readOnly, setMaintenance('full'), setMaintenance('off'))).toMatchObject({ maintenance: 'off' });
  });

  test('ends with the claim of a release that took the turn over, and stays through a revert', () => {
    expect(move(readOnly, claimIdle('v3'))).toMatchObject({ maintenance: 'off', readOnlyFor: null });
    expect(move(readOnly, revertToStandby())).toMatchObject({ maintenance: 'read-only', readOnlyFor: 'v2' });
  });
});

test('a change that moves nobody leaves the route to whom it was, and only the epoch tells of it', () => {
  const set = moveRoute(live, setMaintenance('full'), null);

  expect(set).toEqual({ ...live, maintenance: 'full', epoch: live.epoch + 1 });
  expect(moveRoute(set, claimIdle('v2'), writer)).toMatchObject({ epoch: live.epoch + 2, moved: live.epoch + 2 });
});

describe('every route that changes can lead to', () => {
  const releases = fc.constantFrom('v0', 'v1', 'v2');
  const changes = fc.oneof(
    fc.tuple(releases, fc.constantFrom(0, 99)).map(([release, until]) => claimIdle(release, until)),
    releases.map((release) => openPreview(release, HASH, 1)),
    fc.tuple(releases, fc.constantFrom(5, 25, 100)).map(([release, percent]) => shiftTo(release, percent)),
    fc.tuple(releases, fc.constantFrom(0, 99)).map(([release, until]) => withdraw(release, until)),
    releases.map(beginReadOnly),
    releases.map(endReadOnly),
    fc.constantFrom(setMaintenance('off'), setMaintenance('full')),
    fc.constantFrom<RouteChange>(revertToStandby(), retireStandby('blue'), retireStandby('green')),
  );

  test('keeps its invariants, survives its own text, and grows its epoch by one', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 30 }), (steps) => {
        let route = seedRoute(writer);
        for (const step of steps) {
          let next: Route;
          try {
            next = moveRoute(route, step, writer);
          } catch {
            continue;
          }
          expect(next.epoch).toBe(route.epoch + 1);
          expect(next.moved).toBe(next.epoch);
          expect(parseRoute(formatRoute(next))).toEqual(next);
          // A standby and a shift concern the idle color only, and never both at once.
          if (next.standby !== null) expect(next.standby).toBe(idleColor(next));
          if (next.standby !== null) expect(next.releases[next.standby]).not.toBeNull();
          if (next.shift !== null) expect(next).toMatchObject({ standby: null, shift: { to: idleColor(next) } });
          expect(next.sticky === null).toBe(next.shift === null);
          if (next.readOnlyFor !== null) expect(next.maintenance).toBe('read-only');
          if (next.fading !== null) expect(next.fading.color).toBe(idleColor(next));
          if (next.preview !== null) expect(next.preview.release).toBe(next.releases[idleColor(next)]);
          // Once something was live, no change makes the placeholder live again.
          if (route.releases[route.live] !== null) expect(next.releases[next.live]).not.toBeNull();
          route = next;
        }
      }),
    );
  });
});

test.each(['', '{', 'null', '{"v":2}', '{"v":1,"epoch":"7","live":"blue"}', '{"v":1,"epoch":1,"live":"red"}'])(
  'a stored text %j is refused',
  (text) => {
    expect(() => parseRoute(text)).toThrow(expect.objectContaining({ name: 'RouteConflict' }));
  },
);

test('a route that outgrows a value of the store is refused', () => {
  const long = { ...live, releases: { blue: 'r'.repeat(80), green: 'r'.repeat(900) } };

  expect(() => formatRoute(long)).toThrow('a value may have 1024');
});

test('the longest release names fit into a route', () => {
  const name = 'r'.repeat(80);
  const route = { ...move(live, claimIdle(name), openPreview(name, HASH, 2_000_000_000)) };

  expect(() =>
    formatRoute({
      ...route,
      releases: { blue: name, green: name },
      standby: 'green',
      fading: { color: 'green', until: 2_000_000_000 },
      shift: { to: 'green', percent: 99 },
      sticky: { salt: 4_294_967_295, seconds: 604_800 },
      maintenance: 'read-only',
      readOnlyFor: name,
      writer: { release: name, nonce: `${name}:shift:100` },
    }),
  ).not.toThrow();
  expect(otherColor(route.live)).toBe(idleColor(route));
});
