import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../lib/config';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['2d', 172_800],
  ])('%s are %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '10', 'm', '1.5h', '-1m', '1 m', '10M', '1h30m', '1w', '10000000s'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are read as they were written', () => {
    fc.assert(fc.property(fc.nat({ max: 999_999 }), (seconds) => parseDuration(formatDuration(seconds)) === seconds));
  });

  it('are written in the largest unit that fits', () => {
    expect([0, 45, 90, 120, 7200, 86_400].map(formatDuration)).toEqual(['0s', '45s', '90s', '2m', '2h', '1d']);
  });
});
