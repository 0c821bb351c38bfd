import { mysqlTokens } from './tokens';

/** A piece of a statement without white space and comments. */
export interface Piece {
  /** Keywords and names without quotes in lower case; anything else as it is written. */
  readonly word: string;
  /** As written, without the quotes of a name. */
  readonly text: string;
  readonly kind: 'word' | 'name' | 'string' | 'code' | 'other';
}

/** Reads a statement into its pieces. */
export function piecesOf(sql: string, limit = Infinity): Piece[] {
  const pieces: Piece[] = [];
  for (const { kind, start, end } of mysqlTokens(sql)) {
    if (kind === 'space' || kind === 'comment') continue;
    const text = sql.slice(start, end);
    if (kind === 'word') pieces.push({ word: text.toLowerCase(), text, kind });
    else if (text.startsWith('/*')) pieces.push({ word: text, text, kind: 'code' });
    else if (kind === 'other') pieces.push({ word: text, text, kind });
    else if (text.startsWith('`')) {
      const name = text.slice(1, -1).replaceAll('``', '`');
      pieces.push({ word: name, text: name, kind: 'name' });
    } else pieces.push({ word: text, text, kind: 'string' });
    if (pieces.length >= limit) break;
  }
  return pieces;
}

/** The statement inside `/*! … *\/` when it is nothing else; else the statement as it is. */
export function executed(sql: string): string {
  const [only, ...rest] = piecesOf(sql, 2);
  if (only?.kind !== 'code' || rest.length > 0) return sql;
  return only.text.replace(/^\/\*M?!\d*\s?/, '').replace(/\*\/$/, '');
}
