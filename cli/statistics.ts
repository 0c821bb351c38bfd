import type { Spread, Statistics } from '../lambda/domain/statistics';
import { formatSpan, formatTable, formatTime } from './format';

/** Figures as lines for people. */
export function statisticsLines(figures: Statistics): string[] {
  const { from, to, releases, outcomes, reverts, failureRate, total, active, waiting, toDetect, toBack, revert } =
    figures;
  if (from === null || to === null) return ['nothing has ended here yet'];
  const ends = Object.entries(outcomes).map(([outcome, amount]) => `${amount} ${outcome}`);
  const rate = failureRate === null ? '' : `; ${Math.round(failureRate * 100)} % of what viewers saw was taken back`;
  const rows: [string, Spread | null][] = [
    ['total', total],
    ['active', active],
    ['waiting for the turn', waiting.turn],
    ['waiting for people', waiting.approval],
    ['to detect a bad one', toDetect],
    ['to have viewers back', toBack],
    ['revert', revert],
  ];
  return [
    `${formatTime(from)} to ${formatTime(to)}: ${releases} releases (${ends.join(', ') || 'none ended'}), ${reverts} reverts${rate}`,
    '',
    ...formatTable([
      ['TIME', 'MEDIAN', 'P90', 'MAX', 'OF'],
      ...rows.map(([name, spread]) =>
        spread === null
          ? [name, '-', '-', '-', '0']
          : [
              name,
              ...[spread.median, spread.p90, spread.max].map((time) => formatSpan(time * 1000)),
              String(spread.count),
            ],
      ),
    ]),
  ];
}
