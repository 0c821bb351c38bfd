import { cronTimes, parseCron } from '../../lambda/domain/cron';
import { activeFreeze, NEVER_OPENS } from '../../lambda/domain/freeze';

const BERLIN = 'Europe/Berlin';
const times = (cron: string, from: string, to: string, zone = 'UTC') =>
  cronTimes(parseCron(cron), zone, new Date(from), new Date(to)).map((time) => time.toISOString().slice(0, 16));

describe('a cron expression', () => {
  test.each<[string, string, string, string, string[]]>([
    ['every day', '30 6 * * *', '2026-11-21T00:00Z', '2026-11-23T00:00Z', ['2026-11-21T06:30', '2026-11-22T06:30']],
    [
      'on weekdays by name',
      '0 9 * * mon-fri',
      '2026-11-20T00:00Z',
      '2026-11-24T00:00Z',
      ['2026-11-20T09:00', '2026-11-23T09:00'],
    ],
    ['with Sunday as 7', '0 0 * * 7', '2026-11-21T00:00Z', '2026-11-28T00:00Z', ['2026-11-22T00:00']],
    [
      'in steps',
      '0 */8 21 11 *',
      '2026-01-01T00:00Z',
      '2026-12-31T00:00Z',
      ['2026-11-21T00:00', '2026-11-21T08:00', '2026-11-21T16:00'],
    ],
    [
      'in a list of months',
      '0 0 1 jan,jul *',
      '2026-01-01T00:00Z',
      '2026-12-31T00:00Z',
      ['2026-01-01T00:00', '2026-07-01T00:00'],
    ],
    [
      'either of both days',
      '0 0 13 * fri',
      '2026-11-11T00:00Z',
      '2026-11-21T00:00Z',
      ['2026-11-13T00:00', '2026-11-20T00:00'],
    ],
    ['on 29 February', '0 0 29 2 *', '2026-01-01T00:00Z', '2028-12-31T00:00Z', ['2028-02-29T00:00']],
    [
      'its first moment counts, its last does not',
      '0 6 * * *',
      '2026-11-21T06:00Z',
      '2026-11-22T06:00Z',
      ['2026-11-21T06:00'],
    ],
  ])('comes true %s', (_when, cron, from, to, expected) => {
    expect(times(cron, from, to)).toEqual(expected);
  });

  test.each<[string, string, string, string[]]>([
    ['in winter', '0 16 * * *', '2026-11-20', ['2026-11-20T15:00']],
    ['in summer', '0 16 * * *', '2026-07-20', ['2026-07-20T14:00']],
    ['at a time that the clocks leave out, an hour later', '30 2 * * *', '2026-03-29', ['2026-03-29T01:30']],
    ['at a time that they repeat, at its first', '30 2 * * *', '2026-10-25', ['2026-10-25T00:30']],
  ])('follows the clocks of its zone %s', (_when, cron, day, expected) => {
    expect(times(cron, `${day}T00:00Z`, `${day}T22:00Z`, BERLIN)).toEqual(expected);
  });

  test('far from UTC it is still the day of the zone', () => {
    expect(times('0 0 * * sat', '2026-11-20T00:00Z', '2026-11-22T00:00Z', 'Pacific/Kiritimati')).toEqual([
      '2026-11-20T10:00',
    ]);
    expect(times('0 0 * * sat', '2026-11-20T00:00Z', '2026-11-22T00:00Z', 'Pacific/Pago_Pago')).toEqual([
      '2026-11-21T11:00',
    ]);
  });

  test.each([
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    '* * * foo *',
    'a * * * *',
    '*-3 * * * *',
    '1,, * * * *',
  ])('%j is none', (text) => {
    expect(() => parseCron(text)).toThrow();
  });
});

describe('a freeze of the configuration that comes again', () => {
  const weekend = { cron: '0 16 * * fri', timeZone: BERLIN, minutes: 64 * 60, reason: 'weekend' };
  const nights = { cron: '0 20 * * *', timeZone: BERLIN, minutes: 12 * 60, reason: 'night' };

  test.each<[string, string, string | null]>([
    ['holds from its first moment', '2026-11-20T15:00:00Z', '2026-11-23T07:00:00Z'],
    ['to its last', '2026-11-23T06:59:59Z', '2026-11-23T07:00:00Z'],
    ['and not after it', '2026-11-23T07:00:00Z', null],
    ['nor before it', '2026-11-20T14:59:59Z', null],
  ])('%s', (_what, now, until) => {
    const found = activeFreeze([weekend], null, new Date(now));
    expect(found).toBe(until && `frozen by the configuration until ${until}: weekend`);
  });

  test('ends when all that follow on it have ended', () => {
    // Saturday noon: the weekend ends on Monday at 8, when the night ends too.
    expect(activeFreeze([nights, weekend], null, new Date('2026-11-21T11:00:00Z'))).toContain(
      'until 2026-11-23T07:00:00Z: weekend',
    );
    // An operator's freeze until 17:00 on Monday runs into nothing; one until 20:00 runs into the night.
    const until = (hour: string) => ({ by: 'ada', until: `2026-11-23T${hour}:00:00Z`, reason: 'incident' });
    expect(activeFreeze([nights], until('16'), new Date('2026-11-23T12:00:00Z'))).toBe(
      'frozen by ada until 2026-11-23T16:00:00Z: incident',
    );
    expect(activeFreeze([nights], until('20'), new Date('2026-11-23T12:00:00Z'))).toBe(
      'frozen by ada until 2026-11-24T07:00:00Z: incident',
    );
  });

  test('that leaves no opening says so', () => {
    const always = { cron: '0 0 * * *', timeZone: 'UTC', minutes: 24 * 60, reason: 'for ever' };
    expect(activeFreeze([always], null, new Date('2026-11-21T11:00:00Z'))).toContain(NEVER_OPENS);
  });
});
