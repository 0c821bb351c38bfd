import type { CheckGroup } from '../lambda/domain/checks';

const MARKS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const;

/** Checks as a tree: a mark a line, and below what is not well what to do about it. */
export function checkTree(title: string, groups: readonly CheckGroup[]): string[] {
  const lines = [title];
  groups.forEach((group, index) => {
    const last = index === groups.length - 1;
    lines.push(`${last ? '└─' : '├─'} ${group.name}`);
    const bar = last ? '   ' : '│  ';
    const width = Math.max(...group.checks.map(({ name }) => name.length));
    group.checks.forEach((check, at) => {
      const end = at === group.checks.length - 1;
      const message = check.message.replace(/\s*\n\s*/g, ' ');
      lines.push(`${bar}${end ? '└─' : '├─'} ${MARKS[check.result]} ${check.name.padEnd(width)}  ${message}`);
      if (check.mend !== undefined) lines.push(`${bar}${end ? '  ' : '│ '}     → ${check.mend}`);
    });
  });
  return lines;
}

/** How the checks came out, in a line. */
export function checkSummary(groups: readonly CheckGroup[]): string {
  const results = groups.flatMap(({ checks }) => checks.map(({ result }) => result));
  const count = (wanted: string) => results.filter((result) => result === wanted).length;
  return `${count('ok')} well, ${count('warning')} to look at, ${count('failed')} failed`;
}
