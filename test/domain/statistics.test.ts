import { type MeasuredRelease, statisticsOf } from '../../lambda/domain/statistics';

const release = (
  day: number,
  outcome: MeasuredRelease['outcome'],
  times: object = {},
  kind = 'release',
): MeasuredRelease => ({
  kind: kind as MeasuredRelease['kind'],
  startedAt: `2026-11-${String(day).padStart(2, '0')}T12:00:00.000Z`,
  outcome,
  times: { total: 0, active: 0, waiting: { turn: 0, approval: 0 }, steps: [], ...times },
});

describe('figures of releases', () => {
  test('are none without any', () => {
    expect(statisticsOf([])).toMatchObject({ from: null, releases: 0, outcomes: {}, failureRate: null, total: null });
  });

  test('are by the nearest rank, of what was released', () => {
    const records = [10, 30, 20, 40, 1000].map((total, day) =>
      release(day + 1, 'released', { total, active: total / 10 }),
    );
    const { total, active, from, to, releases } = statisticsOf([...records, release(9, 'rejected', { total: 9_999 })]);

    expect(total).toEqual({ count: 5, median: 30, p90: 1000, max: 1000 });
    expect(active).toEqual({ count: 5, median: 3, p90: 100, max: 100 });
    expect([from, to, releases]).toEqual(['2026-11-01T12:00:00.000Z', '2026-11-09T12:00:00.000Z', 6]);
  });

  test('count what viewers saw and was taken back, and reverts, as failures', () => {
    const { outcomes, failureRate, toDetect, toBack, revert, reverts } = statisticsOf([
      release(1, 'released'),
      release(2, 'released'),
      release(3, 'released'),
      release(4, 'failed', { toDetect: 60, toBack: 4 }),
      release(5, 'failed'),
      release(6, 'released', { total: 7 }, 'revert'),
      release(7, 'migrated', {}, 'migration'),
    ]);

    expect(outcomes).toEqual({ released: 3, failed: 2 });
    expect(failureRate).toBe(0.5);
    expect([toDetect?.max, toBack?.max, revert?.max, reverts]).toEqual([60, 4, 7, 1]);
  });

  test('leave out what is under way, and records without times', () => {
    const { releases, total } = statisticsOf([release(1, undefined), { ...release(2, 'released'), times: undefined }]);
    expect([releases, total]).toEqual([1, null]);
  });
});
