import type { ReleaseRecord } from '../lambda/aws/ledger';
import { formatSpan, formatTime } from './format';

/** Rows of a table of releases, with a head. */
export function recordRows(records: readonly ReleaseRecord[], now: number): string[][] {
  return [
    ['RELEASE', 'VERSION', 'STARTED', 'TOOK', 'OUTCOME', 'BY', 'REASON'],
    ...records.map(({ id, kind, version, startedAt, endedAt, outcome, actor, reason }) => [
      id,
      kind === 'release' ? version : `${version} (${kind})`,
      formatTime(startedAt),
      formatSpan((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt)),
      outcome ?? 'under way',
      actor,
      // What went well needs no reason.
      outcome === 'released' && kind === 'release' ? '' : shorten((reason ?? '').replace(/\s+/g, ' ')),
    ]),
  ];
}

/** A long reason keeps its end: the snapshot that is left is named there. */
function shorten(reason: string): string {
  return reason.length <= 160 ? reason : `${reason.slice(0, 90)} … ${reason.slice(-90)}`;
}
