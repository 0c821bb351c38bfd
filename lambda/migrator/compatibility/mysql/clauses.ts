import type { Piece } from '../../mysql/words';

/** Part of a statement, with the words that rules look at. */
export class Clause {
  readonly words: readonly string[];

  constructor(readonly pieces: readonly Piece[]) {
    this.words = pieces.map(({ word, kind }) => (kind === 'word' || kind === 'other' ? word : `\`${word}`));
  }

  /** Whether the clause begins with these words; `?` before a word means that it may be missing. */
  begins(...expected: readonly string[]): number | undefined {
    let next = 0;
    for (const word of expected) {
      const optional = word.startsWith('?');
      if (
        word
          .replace(/^\?/, '')
          .split('|')
          .includes(this.words[next] ?? '')
      )
        next++;
      else if (!optional) return undefined;
    }
    return next;
  }

  has(...expected: readonly string[]): boolean {
    return this.words.some((_, index) => expected.every((word, offset) => this.words[index + offset] === word));
  }

  /** Name at a place, without quotes and schema. */
  nameAt(index: number): string {
    const name = this.pieces[index]?.text ?? '?';
    return this.words[index + 1] === '.' ? (this.pieces[index + 2]?.text ?? '?') : name;
  }
}

/** Parts of a statement between commas that stand in no parentheses. */
export function clausesOf(pieces: readonly Piece[]): Clause[] {
  const clauses: Piece[][] = [[]];
  let depth = 0;
  for (const piece of pieces) {
    if (piece.kind === 'other' && piece.word === '(') depth++;
    if (piece.kind === 'other' && piece.word === ')') depth--;
    if (piece.kind === 'other' && piece.word === ',' && depth === 0) clauses.push([]);
    else clauses.at(-1)?.push(piece);
  }
  return clauses.map((clause) => new Clause(clause));
}
