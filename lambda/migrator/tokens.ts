/** A lexical piece of PostgreSQL's SQL. Words are unquoted identifiers and keywords; `other` is a single character or a number. */
export interface Token {
  readonly kind: 'space' | 'comment' | 'quoted' | 'word' | 'other';
  readonly start: number;
  readonly end: number;
}

// Sticky patterns without nested repetition: each reads its piece in one go, however long it is.
const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * Reads SQL by PostgreSQL's lexical rules with `standard_conforming_strings` on. What is not closed reaches to the end:
 * the server says so better than this reader could.
 */
export function tokens(sql: string, mark?: string): Generator<Token> {
  return scan(sql, tokenAt, mark);
}

/**
 * Reads text token by token, by the rule of a dialect that says what begins at a place and where it ends.
 *
 * @param mark - a delimiter of the changelog that looks like the begin of a quote (`$$`), and is none
 */
export function* scan(
  sql: string,
  tokenAt: (sql: string, start: number) => [Token['kind'], number],
  mark?: string,
): Generator<Token> {
  let start = 0;
  while (start < sql.length) {
    const isMark = mark !== undefined && sql.startsWith(mark, start);
    const [kind, end] = isMark ? (['other', start + mark.length] as const) : tokenAt(sql, start);
    yield { kind, start, end };
    start = end;
  }
}

function tokenAt(sql: string, start: number): [Token['kind'], number] {
  const character = sql[start];
  const next = sql[start + 1];
  if (character === '-' && next === '-') return ['comment', match(LINE_COMMENT, sql, start) ?? start + 2];
  if (character === '/' && next === '*') return ['comment', endOfBlockComment(sql, start)];
  if (character === "'") return ['quoted', endOfQuote(sql, start, "'")];
  if (character === '"') return ['quoted', endOfQuote(sql, start, '"')];
  if ((character === 'e' || character === 'E') && next === "'") return ['quoted', endOfEscapeString(sql, start + 1)];
  if (character === '$') {
    const opened = match(DOLLAR_TAG, sql, start);
    if (opened !== undefined) return ['quoted', endOfDollarQuote(sql, start, opened)];
  }
  const space = match(SPACE, sql, start);
  if (space !== undefined) return ['space', space];
  const word = match(WORD, sql, start);
  if (word !== undefined) return ['word', word];
  return ['other', match(NUMBER, sql, start) ?? start + 1];
}

function match(pattern: RegExp, sql: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

function endOfQuote(sql: string, start: number, quote: string): number {
  let index = start + 1;
  for (;;) {
    const found = sql.indexOf(quote, index);
    if (found < 0) return sql.length;
    if (sql[found + 1] !== quote) return found + 1;
    index = found + 2;
  }
}

function endOfEscapeString(sql: string, start: number): number {
  let index = start + 1;
  while (index < sql.length) {
    if (sql[index] === '\\') index += 2;
    else if (sql[index] !== "'") index++;
    else if (sql[index + 1] === "'") index += 2;
    else return index + 1;
  }
  return sql.length;
}

function endOfDollarQuote(sql: string, start: number, opened: number): number {
  const tag = sql.slice(start, opened);
  const found = sql.indexOf(tag, opened);
  return found < 0 ? sql.length : found + tag.length;
}

/** Block comments nest in PostgreSQL. */
function endOfBlockComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start + 2;
  let depth = 1;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
