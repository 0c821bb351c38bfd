import { scan, type Token } from '../tokens';

// Sticky patterns without nested repetition: each reads its piece in one go, however long it is.
const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[@A-Za-z_$\u0080-\uffff][@A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;
/** Two dashes are a comment only before white space or the end; `5--3` is a sum. */
const DASH_COMMENT = /--(?=[\s\u0000-\u001f]|$)[^\n]*/y;
const HASH_COMMENT = /#[^\n]*/y;

/**
 * Reads SQL by the lexical rules of MySQL and MariaDB with their default `sql_mode`: backslashes escape in quotes,
 * comments do not nest. `/*! … *\/` is code that some servers run, `/*+ … *\/` an instruction: neither is a comment.
 */
export function mysqlTokens(sql: string, mark?: string): Generator<Token> {
  return scan(sql, tokenAt, mark);
}

function tokenAt(sql: string, start: number): [Token['kind'], number] {
  const character = sql[start];
  if (character === '#') return ['comment', match(HASH_COMMENT, sql, start) ?? start + 1];
  if (character === '-' && sql[start + 1] === '-') {
    const comment = match(DASH_COMMENT, sql, start);
    if (comment !== undefined) return ['comment', comment];
  }
  if (character === '/' && sql[start + 1] === '*') {
    const found = sql.indexOf('*/', start + 2);
    const code = /^\/\*(M?!|\+)/.test(sql.slice(start, start + 4));
    return [code ? 'quoted' : 'comment', found < 0 ? sql.length : found + 2];
  }
  if (character === "'" || character === '"') return ['quoted', endOfQuote(sql, start, character, true)];
  if (character === '`') return ['quoted', endOfQuote(sql, start, character, false)];
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

function endOfQuote(sql: string, start: number, quote: string, escapes: boolean): number {
  for (let index = start + 1; index < sql.length; index++) {
    if (escapes && sql[index] === '\\') index++;
    else if (sql[index] !== quote) continue;
    else if (sql[index + 1] === quote) index++;
    else return index + 1;
  }
  return sql.length;
}
