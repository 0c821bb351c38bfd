import type { SqlText } from './changelog';
import type { EngineName } from './engine';
import { MysqlNesting } from './mysql/nesting';
import { mysqlTokens } from './mysql/tokens';
import { tokens } from './tokens';
import { delimiterOf } from './delimiter';
import { javaTrim } from './text';

/** One statement as it is sent to the server, and the line of the changelog where it begins. */
export interface Statement {
  readonly sql: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Splits SQL where the engine's grammar ends a statement, or at the changelog's own delimiter. Quotes, comments,
 * parentheses and the bodies of routines hold a statement together. Pieces without anything but
 * comments are no statements.
 */
export function splitSql(text: SqlText, engine: EngineName = 'postgresql'): Statement[] {
  const collector = new Collector(text);
  const delimiter = text.endDelimiter === undefined ? undefined : delimiterOf(text.endDelimiter);
  const [pieces, nesting] = engine === 'postgresql' ? [tokens, new Nesting()] : [mysqlTokens, new MysqlNesting()];
  let end = 0;
  for (const token of pieces(text.sql, delimiter?.mark)) {
    if (token.start < end) continue; // part of a delimiter
    if (delimiter !== undefined && token.kind !== 'quoted' && token.kind !== 'comment') {
      const ends = delimiter.find(text.sql, token.start, token.end);
      // Without splitting, only what ends the whole text is taken off.
      const within = !text.splitStatements && ends !== undefined && javaTrim(text.sql.slice(ends.end)) !== '';
      if (ends === undefined || within) collector.add(token.start, token.end, token.kind);
      else {
        collector.add(token.start, ends.start, token.kind);
        collector.finish();
        end = ends.end;
        // A delimiter that begins inside this token may end inside it too.
        if (end < token.end) collector.add(end, token.end, token.kind);
      }
    } else if (
      text.splitStatements &&
      delimiter === undefined &&
      nesting.endsAt(text.sql.slice(token.start, token.end), token.kind)
    ) {
      collector.finish();
    } else collector.add(token.start, token.end, token.kind);
  }
  collector.finish();
  return collector.statements;
}

/** Follows what holds a statement together beside quotes: parentheses, and the bodies of SQL-standard functions. */
class Nesting {
  private parentheses = 0;
  private atomic = 0;
  private readonly head: string[] = [];
  private previous = '';

  /** Takes the next token in and says whether it ends the statement. */
  endsAt(token: string, kind: string): boolean {
    if (kind === 'space' || kind === 'comment') return false;
    if (token === ';' && this.parentheses === 0 && this.atomic === 0) {
      this.head.length = 0;
      this.previous = '';
      return true;
    }
    if (token === '(') this.parentheses++;
    else if (token === ')') this.parentheses = Math.max(0, this.parentheses - 1);
    else if (kind === 'word') this.word(token.toLowerCase());
    this.previous = kind === 'word' ? token.toLowerCase() : token;
    return false;
  }

  private word(word: string): void {
    if (this.head.length < 4) this.head.push(word);
    if (this.previous === 'as' || this.previous === '.') return; // a label or a column, whatever its name
    if (this.atomic === 0) {
      if (word === 'atomic' && this.previous === 'begin' && this.createsRoutine()) this.atomic = 1;
    } else if (word === 'case' || word === 'begin') this.atomic++;
    else if (word === 'end') this.atomic--;
  }

  private createsRoutine(): boolean {
    return this.head[0] === 'create' && this.head.some((word) => word === 'function' || word === 'procedure');
  }
}

/** Gathers statements; remembers where each begins, and leaves comments out when asked to. */
class Collector {
  readonly statements: Statement[] = [];
  private parts: string[] = [];
  private begins: number | undefined;
  private line = 0;
  private counted = 0;
  private gap = false;

  constructor(private readonly text: SqlText) {}

  add(start: number, end: number, kind: string): void {
    if (end <= start) return;
    const piece = this.text.sql.slice(start, end);
    if (kind === 'comment') {
      if (this.text.stripComments) this.gap = true;
      else this.parts.push(piece);
      return;
    }
    // A comment separates words like a blank does.
    if (this.gap && kind !== 'space' && !/\s$/.test(this.parts.at(-1) ?? ' ')) this.parts.push(' ');
    this.gap = false;
    if (kind !== 'space' && this.begins === undefined) this.begins = start;
    this.parts.push(piece);
  }

  finish(): void {
    if (this.begins !== undefined) {
      const { file, lines } = this.text;
      const line = lines[Math.min(this.lineIndexOf(this.begins), lines.length - 1)] ?? 1;
      this.statements.push({ sql: javaTrim(this.parts.join('')).replaceAll('\r\n', '\n'), file, line });
    }
    this.parts = [];
    this.begins = undefined;
    this.gap = false;
  }

  private lineIndexOf(offset: number): number {
    for (; this.counted < offset; this.counted++) if (this.text.sql[this.counted] === '\n') this.line++;
    return this.line;
  }
}
