import { timesOf } from '../../lambda/domain/times';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString();
const event = (name: string, minute: number) => ({ event: name, at: at(minute) });
const MINUTE = 60;

describe('times of a release', () => {
  const events = [
    event('OpenRelease', 0),
    event('Queued', 1),
    event('AwaitTurn', 11),
    event('CheckImage', 12),
    event('SmokeTest', 20),
    event('AwaitApproval', 20),
    event('Decision', 50),
    event('ShiftTraffic:25', 51),
    event('ShiftTraffic:100', 55),
    event('Bake', 58),
  ];

  test('waiting for people and for others is told apart from work', () => {
    const times = timesOf({ startedAt: at(0), endedAt: at(59), outcome: 'released' }, [...events].reverse());

    expect(times).toMatchObject({
      total: 59 * MINUTE,
      waiting: { turn: 10 * MINUTE, approval: 30 * MINUTE },
      active: 19 * MINUTE,
    });
    expect(times.steps.find(({ event: name }) => name === 'Decision')).toEqual({
      event: 'Decision',
      seconds: 30 * MINUTE,
    });
    expect(times.steps.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(58 * MINUTE);
    expect(times).not.toHaveProperty('toDetect');
  });

  test.each<[string, number, string[], { turn: number; approval: number }]>([
    ['ends while it waits for its turn', 5, ['Queued'], { turn: 4 * MINUTE, approval: 0 }],
    [
      'ends while it waits for an approval',
      35,
      ['AwaitTurn', 'AwaitApproval'],
      { turn: 10 * MINUTE, approval: 15 * MINUTE },
    ],
    ['never waited', 5, [], { turn: 0, approval: 0 }],
  ])('of one that %s', (_what, end, upTo, waiting) => {
    const known = upTo.length === 0 ? [event('OpenRelease', 0)] : events.filter((each) => each.at <= at(end));
    const times = timesOf({ startedAt: at(0), endedAt: at(end), outcome: 'canceled' }, known);

    expect(times.waiting).toEqual(waiting);
    expect(times.active).toBe(end * MINUTE - waiting.turn - waiting.approval);
  });

  test('of one that viewers saw and that failed: when it was noticed, and when they were back', () => {
    const failed = { startedAt: at(0), endedAt: at(58), outcome: 'failed' as const, stop: { at: at(56) } };
    const times = timesOf(failed, [...events.slice(0, -1), event('TrafficBack', 57), event('RecoverRelease', 58)]);

    expect(times).toMatchObject({ toDetect: 5 * MINUTE, toBack: MINUTE });
  });

  test('of one that failed before a viewer saw it: there was nothing to detect', () => {
    const failed = { startedAt: at(0), endedAt: at(30), outcome: 'failed' as const, stop: { at: at(29) } };
    const times = timesOf(failed, events.slice(0, 5));

    expect(times).not.toHaveProperty('toDetect');
    expect(times).not.toHaveProperty('toBack');
  });

  test('a revert without events took from being asked for to its end', () => {
    expect(timesOf({ startedAt: at(0), endedAt: at(1), outcome: 'released' }, [])).toEqual({
      total: MINUTE,
      active: MINUTE,
      waiting: { turn: 0, approval: 0 },
      steps: [],
    });
  });
});
