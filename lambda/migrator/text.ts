/** Decodes UTF-8 and drops the byte order mark, as Liquibase does before it looks at anything. */
export function decodeText(content: Uint8Array | string): string {
  const text = typeof content === 'string' ? content : new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Lines as Java reads them: ended by `\n`, `\r\n` or `\r`; no empty line after a final end. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Java's `String.trim`: characters up to U+0020 at both ends. A no-break space, for one, stays. */
export function javaTrim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

/** Trims like {@link javaTrim} and says how many lines were cut off at the start. */
export function trimCountingLines(text: string): { text: string; skipped: number } {
  const trimmed = javaTrim(text);
  const head = text.slice(0, text.indexOf(trimmed));
  return { text: trimmed, skipped: trimmed === '' ? 0 : head.split('\n').length - 1 };
}

/** A pattern whose `\s` and `\S` mean what they mean to Java: blanks of ASCII. To JavaScript a no-break space is one too. */
export function javaPattern(source: string): RegExp {
  return new RegExp(source.replaceAll('\\s', '[ \\t\\v\\f\\r\\n]').replaceAll('\\S', '[^ \\t\\v\\f\\r\\n]'), 'i');
}
