import type { LoadReport, Verification } from '../load';
import type { Cutover, Turnover } from '../stage/turnover';
import { count, plural, table } from './format';

export interface Figures {
  readonly load: LoadReport;
  readonly verification: Verification;
  /** Undefined when the new color never got all viewers. */
  readonly cutover?: Cutover;
  /** From the call of the revert function. */
  readonly revert?: Turnover;
  readonly changesets: number;
  readonly speed: number;
  /** Milliseconds of the whole run. */
  readonly ms: number;
}

/** The summary at the end of a run. */
export function summary(figures: Figures): string[] {
  const { load, verification } = figures;
  const colors = (['blue', 'green', 'none'] as const).filter((color) => load.byColor[color].requests > 0);
  const rows = [
    ['served by', 'requests', 'failed', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'],
    ...colors.map((color) => {
      const { requests, failed, latency } = load.byColor[color];
      const times = [latency.p50, latency.p90, latency.p99, latency.max].map((ms) => ms.toFixed(1));
      return [color === 'none' ? 'neither' : color, count(requests), count(failed), ...times];
    }),
  ];
  const versions = Object.entries(load.byVersion).map(([version, requests]) => `${version} ${count(requests)}`);
  const share = load.requests === 0 ? 0 : Math.round((100 * load.writing) / load.requests);
  return [
    ...table(rows),
    `by version: ${versions.join(', ')}`,
    `${plural(load.requests, 'request')} by ${load.viewers} viewers, ${share} % of them create or edit, no retries; ${count(load.failed)} failed`,
    `writes: ${count(verification.acknowledged)} acknowledged on ${plural(verification.notes, 'note')}, ${count(verification.verified)} notes as they should be, ${count(verification.missing)} missing, ${count(verification.different)} different, ${count(verification.unreadable)} unreadable`,
    ...(figures.cutover ? [cutover(figures.cutover)] : []),
    ...(figures.revert ? [revert(figures.revert)] : []),
    `changesets applied: ${figures.changesets}`,
    `waiting times of the workflow were divided by ${figures.speed}; the whole run took ${(figures.ms / 1000).toFixed(1)} s`,
  ];
}

function cutover({ total, lastStep }: Cutover): string {
  return `cutover: ${exact(total)} from the first viewer on the new color to the last on the old one; the last step reached all edge locations in ${exact(lastStep)}`;
}

function revert({ first, last }: Turnover): string {
  return `revert: the first edge location served the old color after ${exact(first)}, the last one after ${exact(last)}`;
}

function exact(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
