import { cut } from '../../lambda/domain/changesets';
import { isBelow } from '../../lambda/domain/floor';
import { compareVersions, highestVersion } from '../../lambda/domain/versions';

test.each([
  ['v1.2.3', 'v1.2.3', 0],
  ['v1.2.3', 'v1.10.0', -1],
  ['v2.0.0', 'v1.99.99', 1],
  ['v1.0.0-rc.1', 'v1.0.0', -1],
  ['v1.0.0-rc.2', 'v1.0.0-rc.10', -1],
  ['v1.0.0-rc', 'v1.0.0-rc.1', -1],
  ['v1.0.0-1', 'v1.0.0-beta', -1],
  ['v1.0.0-beta', 'v1.0.0-alpha', 1],
  ['v1.0.0-a-b', 'v1.0.0-a-c', -1],
])('%s against %s', (one, other, sign) => {
  expect(Math.sign(compareVersions(one, other))).toBe(sign);
  expect(Math.sign(compareVersions(other, one))).toBe(sign === 0 ? 0 : -sign);
});

test('the highest of none is none', () => {
  expect(highestVersion([])).toBeUndefined();
  expect(highestVersion(['v1.9.0', 'v1.10.0', 'v1.10.0-rc.1'])).toBe('v1.10.0');
});

test('a version is below the floor only when there is one and it is older', () => {
  const floor = { version: 'v1.2.0', release: 'r', at: '2026-11-21T08:00:00Z' };
  expect(isBelow(null, 'v0.1.0')).toBe(false);
  expect(isBelow(floor, 'v1.2.0-rc.1')).toBe(true);
  expect(isBelow(floor, 'v1.2.0')).toBe(false);
});

test('a list of changesets is cut by number and by size, and never in the middle of one', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `sql/${index}.sql::${index}::ann`);
  const long = Array.from({ length: 1000 }, (_, index) => `${'ü'.repeat(400)}${index}`);

  expect(cut(many)).toEqual(many.slice(0, 400));
  expect(Buffer.byteLength(JSON.stringify(cut(long)))).toBeLessThan(41_000);
  expect(long.slice(0, cut(long).length)).toEqual(cut(long));
});
