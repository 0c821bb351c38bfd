import { type AlarmFound, judgeAlarms } from '../../lambda/domain/alarms';

const CUTOVER = '2026-11-21T12:00:00.000Z';
const BEFORE = '2026-11-21T11:59:59.000Z';
const alarm = (name: string, state: AlarmFound['state'], since?: string): AlarmFound => ({
  name,
  state,
  reason: 'because',
  since,
});
const judge = (found: AlarmFound[], cutoverAt?: string) =>
  judgeAlarms(found, { color: ['green-5xx'], own: ['orders'], cutoverAt });
const quiet = { color: alarm('green-5xx', 'OK'), own: alarm('orders', 'OK') };

test.each<[string, AlarmFound[], string | undefined, ReturnType<typeof judgeAlarms>]>([
  ['quiet ones stop nothing', [quiet.color, quiet.own], undefined, { stops: [], setAside: [], silent: [] }],
  [
    'one of the new color stops a release, however long it has been ringing',
    [alarm('green-5xx', 'ALARM', BEFORE), quiet.own],
    CUTOVER,
    { stops: ['green-5xx: because'], setAside: [], silent: [] },
  ],
  [
    'one of the user’s that rings when the cutover is prepared is set aside',
    [quiet.color, alarm('orders', 'ALARM', BEFORE)],
    undefined,
    { stops: [], setAside: ['orders'], silent: [] },
  ],
  [
    'it stays set aside after the cutover',
    [quiet.color, alarm('orders', 'ALARM', BEFORE)],
    CUTOVER,
    { stops: [], setAside: ['orders'], silent: [] },
  ],
  [
    'one of the user’s that began after the cutover stops it',
    [quiet.color, alarm('orders', 'ALARM', '2026-11-21T12:00:01.000Z')],
    CUTOVER,
    { stops: ['orders: because'], setAside: [], silent: [] },
  ],
  [
    'and so does one of which nobody says since when it rings',
    [quiet.color, alarm('orders', 'ALARM')],
    CUTOVER,
    { stops: ['orders: because'], setAside: [], silent: [] },
  ],
  [
    'insufficient data is quiet',
    [alarm('green-5xx', 'INSUFFICIENT_DATA'), alarm('orders', 'INSUFFICIENT_DATA')],
    CUTOVER,
    { stops: [], setAside: [], silent: ['green-5xx', 'orders'] },
  ],
  [
    'one that does not exist stops a release, and is told how to be mended',
    [],
    undefined,
    {
      stops: [
        'green-5xx: does not exist; deploy the fleet stack again',
        'orders: does not exist; make it, or take it out of alarms.own',
      ],
      setAside: [],
      silent: [],
    },
  ],
])('%s', (_rule, found, cutoverAt, verdict) => {
  expect(judge(found, cutoverAt)).toEqual(verdict);
});
