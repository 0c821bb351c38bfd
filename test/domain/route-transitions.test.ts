import * as domain from '../../lambda/domain/route';

const writer = { release: 'v1', nonce: 'n' };
const from = (route: domain.Route, ...changes: domain.RouteChange[]) =>
  changes.reduce((each, change) => domain.moveRoute(each, change, writer), route);

const seeded = domain.seedRoute(writer);
const v1Live = from(
  seeded,
  domain.claimIdle('v0'),
  domain.shiftTo('v0', 100),
  domain.claimIdle('v1'),
  domain.shiftTo('v1', 100),
);
const claimed = from(v1Live, domain.claimIdle('v2'));
const preview = domain.openPreview('v2', 'a'.repeat(64), 1);
const shifting = from(claimed, preview, domain.shiftTo('v2', 25));

/** What a release v2 meets; v1 is live before it, v0 its standby. */
const STATES: Record<string, domain.Route> = {
  seeded,
  standby: v1Live,
  retired: from(v1Live, domain.retireStandby('green')),
  claimed,
  previewed: from(claimed, preview),
  shifting,
  'cut over': from(shifting, domain.shiftTo('v2', 100)),
  reverted: from(shifting, domain.shiftTo('v2', 100), domain.revertToStandby()),
  withdrawn: from(shifting, domain.withdraw('v2', 99)),
  'read-only': from(v1Live, domain.beginReadOnly('v2')),
  maintained: from(v1Live, domain.setMaintenance('full')),
};

/** Every change, and the states in which it is allowed; in all others it is a RouteConflict. */
const ALLOWED: [string, domain.RouteChange, string[]][] = [
  ['claim', domain.claimIdle('v3'), Object.keys(STATES).filter((state) => state !== 'shifting')],
  ['claim of a revert that deposed v2', domain.takeIdle('v3'), Object.keys(STATES)],
  ['preview', preview, ['claimed', 'previewed', 'shifting', 'reverted']],
  ['shift to 5 %', domain.shiftTo('v2', 5), ['claimed', 'previewed', 'reverted']],
  ['shift to 50 %', domain.shiftTo('v2', 50), ['claimed', 'previewed', 'shifting', 'reverted']],
  ['shift to 100 %', domain.shiftTo('v2', 100), ['claimed', 'previewed', 'shifting', 'reverted']],
  ['withdraw', domain.withdraw('v2'), ['claimed', 'previewed', 'shifting', 'cut over', 'reverted']],
  ['revert', domain.revertToStandby(), ['standby', 'cut over', 'reverted', 'read-only', 'maintained']],
  ['retire green', domain.retireStandby('green'), ['standby', 'reverted', 'read-only', 'maintained']],
  ['retire blue', domain.retireStandby('blue'), ['cut over']],
  ['begin read-only', domain.beginReadOnly('v2'), Object.keys(STATES).filter((state) => state !== 'read-only')],
  ['end read-only', domain.endReadOnly('v2'), ['read-only']],
  ['maintenance full', domain.setMaintenance('full'), Object.keys(STATES)],
  ['maintenance off', domain.setMaintenance('off'), Object.keys(STATES).filter((state) => state !== 'read-only')],
];

test.each(ALLOWED)('%s is allowed in these states and in no other', (_change, change, states) => {
  const outcomes = Object.entries(STATES).map(([state, route]) => {
    try {
      from(route, change);
      return state;
    } catch (error) {
      expect(error).toMatchObject({ name: 'RouteConflict' });
      return undefined;
    }
  });

  expect(outcomes.filter(Boolean).sort()).toEqual([...states].sort());
});
