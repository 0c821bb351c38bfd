/** `0.8 s`, `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 request`, `2 requests`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Rows under each other; numbers are given as text. The first column is aligned left, the others right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

/**
 * Breaks a line at blanks where it is longer than `width`; what follows is indented. A word that is too long by itself,
 * such as an address, stays whole at the beginning of a line.
 */
export function fold(line: string, width: number, indent: number): string {
  const lines: string[] = [];
  let current = '';
  for (const [index, word] of line.split(' ').entries()) {
    const longer = index === 0 ? word : `${current} ${word}`;
    if (longer.length <= width || current.trim() === '') {
      current = longer;
      continue;
    }
    lines.push(current.trimEnd());
    current = word.length > width - indent ? word : ' '.repeat(indent) + word;
  }
  return [...lines, current].join('\n');
}

/** The message inside a state's cause, which Lambda wraps in JSON. */
export function messageOf(cause: string | undefined): string {
  if (!cause) return '';
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}
