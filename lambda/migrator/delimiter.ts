/** What ends a statement by the changelog's own word. */
export interface Delimiter {
  /** What must not be read as the begin of a quote. */
  readonly mark?: string;
  /** The first end of a statement that begins between `start` and `end`. */
  find(sql: string, start: number, end: number): { start: number; end: number } | undefined;
}

/** The pieces of regular expressions that are understood: an alternative is a list of them. */
const ATOM = /\\[nrts;/|$.*+?@()[\]{}^\\-][*+?]?|[^\\|*+?()[\]{}^$.][*+?]?|\$$/gy;

/**
 * Reads an `endDelimiter`. To Liquibase it is a word and a regular expression at once. Here it is an expression when it
 * has an alternative or a repeated piece, for example `\n/\s*\n|\n/\s*$`, and a word otherwise, in which `\n`, `\r`
 * and `\t` stand for the characters.
 *
 * @throws SyntaxError for expressions with more than alternatives of characters and blanks
 */
export function delimiterOf(text: string): Delimiter {
  return isExpression(text) ? expression(text) : word(text);
}

/** Whether a delimiter cannot be meant as it is written. */
function isExpression(text: string): boolean {
  return /\\[^nrt]|[^|]\|[^|]|.[*+?](?!$)|\[.*\]|\(.*\)/.test(text);
}

function expression(text: string): Delimiter {
  for (const alternative of text.split(/(?<!\\)\|/)) {
    const read = alternative.match(ATOM)?.join('');
    if (read !== alternative || /^(\\s[*?])*$/.test(alternative)) {
      throw new SyntaxError(`the endDelimiter "${text}" is more of a regular expression than is supported`);
    }
  }
  const pattern = new RegExp(text, 'giy');
  return {
    find(sql, start, end) {
      for (let index = start; index < end; index++) {
        pattern.lastIndex = index;
        if (pattern.test(sql)) return { start: index, end: pattern.lastIndex };
      }
      return undefined;
    },
  };
}

function word(text: string): Delimiter {
  const delimiter = text
    .replace(/\\([nrt])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter)
    .toLowerCase();
  // The last line of a changelog has lost its end.
  const last = delimiter.trimEnd();
  const standsAlone = delimiter === '/' || delimiter.trim() === 'go';
  return {
    ...(delimiter.startsWith('$') ? { mark: delimiter } : {}),
    find(sql, start, end) {
      for (let index = start; index < end; index++) {
        const found = sql.slice(index, index + delimiter.length).toLowerCase();
        const whole = found === delimiter || (found === last && last !== '' && index + last.length === sql.length);
        if (whole && (!standsAlone || ownLine(sql, index, index + found.length)))
          return { start: index, end: index + found.length };
      }
      return undefined;
    },
  };
}

/** A lone slash divides, and GO may be a name: they end a statement at the begin of a line with nothing else on it. */
function ownLine(sql: string, start: number, end: number): boolean {
  const begins = /[\n\r]/.test(sql[start] ?? '') || /[\n\r]/.test(sql[start - 1] ?? '\n');
  const ends = /[\n\r]/.test(sql[end - 1] ?? '') || /^[ \t]*(?:[\n\r]|$)/.test(sql.slice(end, end + 100));
  return begins && ends;
}
