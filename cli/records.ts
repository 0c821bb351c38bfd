import type { ReleaseRecord } from '../lambda/aws/ledger';
import { formatSpan, formatTable, formatTime } from './format';
import type { Terminal } from './terminal';

/** A table of releases, with a head. In a window that it is too wide for, who and why stand below each release. */
export function recordLines(records: readonly ReleaseRecord[], { columns, now }: Terminal): string[] {
  const rows = recordRows(records, now());
  const wide = formatTable(rows);
  if (columns === undefined || wide.every((line) => line.length <= columns)) return wide;
  return formatTable(rows.map((row) => row.slice(0, BY))).flatMap((line, index) => {
    const [by = '', reason = ''] = rows[index]?.slice(BY) ?? [];
    return index === 0 ? [line] : [line, `  by ${by}${reason === '' ? '' : `: ${reason}`}`];
  });
}

const HEAD = ['RELEASE', 'VERSION', 'STARTED', 'TOOK', 'OUTCOME', 'BY', 'REASON'];
const BY = HEAD.indexOf('BY');

function recordRows(records: readonly ReleaseRecord[], now: number): string[][] {
  return [
    HEAD,
    ...records.map(({ id, kind, version, startedAt, endedAt, outcome, actor, reason }) => [
      id,
      kind === 'release' ? version : `${version} (${kind})`.trim(),
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
