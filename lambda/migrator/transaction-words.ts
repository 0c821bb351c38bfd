import type { Token } from './tokens';
import { tokens } from './tokens';

const TRANSACTION_WORDS = new Set(['begin', 'commit', 'rollback', 'end', 'abort', 'start', 'savepoint', 'release']);

/** The word with which a statement would begin or end transactions by itself; undefined for other statements. */
export function transactionWord(sql: string, pieces: Iterable<Token> = tokens(sql)): string | undefined {
  for (const { kind, start, end } of pieces) {
    if (kind === 'space' || kind === 'comment') continue;
    const word = sql.slice(start, end).toLowerCase();
    return kind === 'word' && TRANSACTION_WORDS.has(word) ? word.toUpperCase() : undefined;
  }
  return undefined;
}
