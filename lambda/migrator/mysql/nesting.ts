const ROUTINES = new Set(['procedure', 'function', 'trigger', 'event', 'package']);

/**
 * Follows what holds a statement of MySQL or MariaDB together beside quotes: the `BEGIN … END` of a routine, so that one
 * can be written without a delimiter of its own. A routine whose body is a lone IF or LOOP needs `endDelimiter`.
 */
export class MysqlNesting {
  private depth = 0;
  private words = 0;
  private compound = false;
  private creates = false;
  private afterEnd = false;
  private previous = '';

  /** Takes the next token in and says whether it ends the statement. */
  endsAt(token: string, kind: string): boolean {
    if (kind === 'space' || kind === 'comment') return false;
    const word = kind === 'word' ? token.toLowerCase() : token;
    // END IF, END LOOP, END WHILE and END REPEAT close what was not counted.
    if (this.afterEnd && !/^(if|loop|while|repeat|for)$/.test(word)) this.depth = Math.max(0, this.depth - 1);
    const closed = this.afterEnd;
    this.afterEnd = false;
    if (token === ';' && this.depth === 0) {
      this.words = 0;
      this.compound = this.creates = false;
      this.previous = '';
      return true;
    }
    if (kind === 'word' && this.previous !== '.') this.word(word, closed);
    this.previous = word;
    return false;
  }

  private word(word: string, closed: boolean): void {
    this.words++;
    if (this.words === 1) this.creates = word === 'create';
    if (this.creates && this.words <= 10 && this.depth === 0 && ROUTINES.has(word)) this.compound = true;
    // MariaDB's anonymous block
    if (this.words === 2 && word === 'not' && this.previous === 'begin') {
      this.compound = true;
      this.depth = 1;
    }
    if (!this.compound) return;
    if (word === 'begin' || (word === 'case' && !closed)) this.depth++;
    else if (word === 'end' && this.depth > 0) this.afterEnd = true;
  }
}
