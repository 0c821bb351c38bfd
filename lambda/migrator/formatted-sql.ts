import { normalPath } from './changelog';
import type { Changeset, Preconditions, Precondition, Remark, Rollback, Change } from './changelog';
import { changesetChecksum, sqlChecksum } from './checksum';
import { directiveOf, HEADER, misspelt, attributesOf, endsIgnored, resemblesDirective } from './directives';
import type { Directive } from './directives';
import { changesetAttributes, fileAttributes, preconditionAttributes, propertyOf } from './attributes';
import type { ChangesetAttributes } from './attributes';
import type { Place } from './problem';
import { ChangelogProblem } from './problem';
import type { ReadingContext } from './reading';
import { javaPattern, javaTrim, splitLines, trimCountingLines } from './text';

/** Whether a file begins, after blank lines, with `--liquibase formatted sql`; else it is read as one raw statement. */
export function isFormattedSql(text: string): boolean {
  return HEADER.test(splitLines(text).find((line) => javaTrim(line) !== '') ?? '');
}

/**
 * Reads a file of formatted SQL.
 *
 * @throws ChangelogProblem with file and line for whatever Liquibase refuses, and for what it would skip although
 *   somebody meant it to run
 */
export function readFormattedSql(file: string, text: string, context: ReadingContext): Changeset[] {
  return new FormattedSqlReader(file, splitLines(text), context).read();
}

/** The changeset being read: its directives so far and the lines of its SQL. */
interface Draft {
  readonly place: Place;
  readonly attributes: ChangesetAttributes;
  readonly sql: { text: string; line: number }[];
  readonly rollback: { text: string; line: number }[];
  readonly validCheckSums: string[];
  readonly remarks: Remark[];
  comment: string;
  preconditions?: { -readonly [key in keyof Preconditions]: Preconditions[key] } & { nested: Precondition[] };
}

/** Author, id and the rest of a changeset line. */
const IDENTITY = javaPattern(String.raw`^\s+("[^"]+"|[^:]+):("[^"]+"|\S+)(.*)$`);

class FormattedSqlReader {
  private readonly changesets: Changeset[] = [];
  private logicalPath = '';
  private draft: Draft | undefined;
  private index = 0;
  /** Whether a block comment is open, before the first changeset. */
  private comment = false;

  constructor(
    private readonly file: string,
    private readonly lines: readonly string[],
    private readonly context: ReadingContext,
  ) {}

  read(): Changeset[] {
    while (javaTrim(this.lines[this.index] ?? '') === '') this.index++;
    this.logicalPath = fileAttributes(HEADER.exec(this.lines[this.index] ?? '')?.[1] ?? '', this.place(), this.file);
    for (this.index++; this.index < this.lines.length; this.index++) this.line(this.lines[this.index] ?? '');
    this.finish(true);
    return this.changesets;
  }

  private line(line: string): void {
    const directive = directiveOf(line);
    if (directive?.name === 'changeset') return this.begin(line, directive);
    const meant = directive === undefined ? misspelt(line) : undefined;
    if (meant !== undefined) throw this.problem(`"${line.trim()}" is not understood; write ${meant}`);
    if (directive?.name === 'property') {
      const property = propertyOf(directive.groups[0] ?? '', this.place(), this.context);
      if (property !== undefined) this.context.properties.define(property);
    } else if (directive?.name === 'ignoreLines') this.ignore(directive.groups[0] ?? '');
    else if (this.draft === undefined) this.outside(line, directive);
    else if (directive === undefined) this.sql(this.draft, line);
    else this.inside(this.draft, directive);
  }

  private outside(line: string, directive: Directive | undefined): void {
    if (directive?.name === 'comment') throw this.problem('a comment directive stands before the first changeset');
    if (directive !== undefined || /^\s*--\s*(include|includeAll)\b/i.test(line)) {
      this.context.warn(this.place(), `"${line.trim()}" stands before the first changeset and does nothing`);
    } else if (this.comment) this.comment = !line.includes('*/');
    else if (/^\s*\/\*/.test(line)) this.comment = !line.includes('*/');
    else if (!/^\s*(--|$)/.test(line)) {
      throw this.problem(`SQL before the first changeset would never run: "${line.trim().slice(0, 60)}"`);
    }
  }

  private sql(draft: Draft, line: string): void {
    draft.sql.push({ text: line, line: this.index + 1 });
    if (resemblesDirective(line))
      this.context.warn(this.place(), `"${line.trim()}" is a comment to Liquibase and does nothing`);
  }

  private inside(draft: Draft, directive: Directive): void {
    const [first = '', second = ''] = directive.groups;
    switch (directive.name) {
      case 'comment':
        draft.comment = first;
        return;
      case 'rollback':
        draft.rollback.push({ text: first, line: this.index + 1 });
        return;
      case 'rollbackBlock':
        return this.rollbackBlock(draft);
      case 'validCheckSum':
        draft.validCheckSums.push(first);
        return;
      case 'greenroom':
        // A comment to Liquibase, and part of its checksum: it stays in the SQL.
        draft.remarks.push({ place: this.place(), text: first.trim() });
        draft.sql.push({ text: this.lines[this.index] ?? '', line: this.index + 1 });
        return;
      case 'preconditions':
        if ((draft.preconditions?.nested.length ?? 0) > 0) {
          throw this.problem('this line must stand before the --precondition-… lines: Liquibase would forget them');
        }
        draft.preconditions = { ...preconditionAttributes(first, this.place(), this.context), nested: [] };
        return;
      case 'precondition':
        draft.preconditions ??= { onFail: 'HALT', onError: 'HALT', nested: [] };
        draft.preconditions.nested.push(this.precondition(first, this.context.properties.expand(second, this.place())));
    }
  }

  private precondition(type: string, text: string): Precondition {
    const place = this.place();
    if (type === 'sql-check') {
      const match = /^expectedResult:(?:"([^"]+)"|'([^']+)'|(\w+)) +(.+)$/i.exec(text.trim());
      if (!match)
        throw this.problem(
          'write --precondition-sql-check expectedResult:<value> <SELECT …>, "a value" of more than letters and digits in quotes',
        );
      return { type: 'sqlCheck', expectedResult: match[1] ?? match[2] ?? match[3] ?? '', sql: match[4] ?? '', place };
    }
    if (type !== 'table-exists' && type !== 'view-exists') {
      throw this.problem(`the precondition "${type}" is not supported in formatted SQL; sql-check can ask anything`);
    }
    const word = type === 'table-exists' ? 'table' : 'view';
    const { attributes, words } = attributesOf(text);
    const value = (name: string) => attributes.find((attribute) => attribute.name.toLowerCase() === name)?.value;
    const name = value(word);
    const unknown = attributes.find(
      (attribute) =>
        attribute.quoted || attribute.value.startsWith("'") || ![word, 'schema'].includes(attribute.name.toLowerCase()),
    );
    if (!name || /\$\{/.test(text) || unknown || words.length > 0) {
      throw this.problem(`write --precondition-${type} ${word}:<name> schema:<name>, without quotes`);
    }
    return type === 'table-exists'
      ? { type: 'tableExists', table: name, schema: value('schema'), place }
      : { type: 'viewExists', view: name, schema: value('schema'), place };
  }

  private rollbackBlock(draft: Draft): void {
    const began = this.place();
    for (this.index++; this.index < this.lines.length; this.index++) {
      const line = this.lines[this.index] ?? '';
      const end = /^(.*)\*\/\s*$/.exec(line);
      draft.rollback.push({ text: end ? (end[1] ?? '') : line, line: this.index + 1 });
      if (end) return;
    }
    throw new ChangelogProblem(began, 'this rollback comment is never closed; end it with a line "*/"');
  }

  private ignore(argument: string): void {
    if (/^\d+$/.test(argument)) {
      this.index += Number(argument);
      return;
    }
    const began = this.place();
    if (argument !== 'start')
      throw this.problem('write --ignoreLines:<count> or --ignoreLines:start … --ignoreLines:end');
    while (++this.index < this.lines.length) if (endsIgnored(this.lines[this.index] ?? '')) return;
    throw new ChangelogProblem(
      began,
      'this --ignoreLines:start has no --ignoreLines:end (nothing before or behind it): the rest would never run',
    );
  }

  private begin(line: string, directive: Directive): void {
    const place = this.place();
    const match = IDENTITY.exec(directive.groups[0] ?? '');
    if (!match) throw this.problem(`"${line.trim()}" is not understood; write --changeset <author>:<id>`);
    this.finish(false);
    const [author = '', id = ''] = match.slice(1).map((part) => this.context.properties.expand(unquote(part), place));
    this.draft = {
      place,
      attributes: changesetAttributes(author, id, match[3] ?? '', place, this.context),
      sql: [],
      rollback: [],
      validCheckSums: [],
      remarks: [],
      comment: '',
    };
  }

  private finish(last: boolean): void {
    const draft = this.draft;
    if (draft === undefined) return;
    const { attributes, place } = draft;
    const sql = this.sqlText(draft.sql);
    if (sql.sql === '') {
      const consequence =
        last && this.changesets.length > 0 ? '; Liquibase would run the SQL of the changeset before it again' : '';
      throw new ChangelogProblem(place, `the changeset ${attributes.author}:${attributes.id} has no SQL${consequence}`);
    }
    const { splitStatements, stripComments, endDelimiter } = attributes;
    const change: Change = {
      type: 'sql',
      ...sql,
      splitStatements,
      stripComments,
      ...(endDelimiter === undefined ? {} : { endDelimiter }),
      checksum: sqlChecksum(sql.sql),
    };
    const changeset: Changeset = {
      engine: this.context.engine,
      id: attributes.id,
      author: attributes.author,
      path: attributes.logicalFilePath ?? this.logicalPath,
      place,
      checksum: changesetChecksum([change.checksum]),
      description: 'sql',
      comment: draft.comment,
      contexts: [...this.context.contexts, ...(attributes.context === undefined ? [] : [attributes.context])],
      labels: [...this.context.labels, ...(attributes.labels.length > 0 ? [attributes.labels] : [])],
      dbms: attributes.dbms,
      runOnChange: attributes.runOnChange,
      runAlways: attributes.runAlways,
      runInTransaction: attributes.runInTransaction,
      failOnError: attributes.failOnError,
      ignore: attributes.ignore || this.context.ignore,
      validCheckSums: draft.validCheckSums,
      ...(draft.preconditions === undefined ? {} : { preconditions: draft.preconditions }),
      changes: [change],
      modifications: [],
      rollback: this.rollback(draft),
      remarks: draft.remarks,
    };
    this.changesets.push(changeset);
    this.context.earlier.push(changeset);
    this.draft = undefined;
  }

  private rollback(draft: Draft): Rollback {
    const text = this.sqlText(draft.rollback);
    if (text.sql === '') return { type: 'none' };
    if (/^(not required|empty)\b.*$/i.test(text.sql)) return { type: 'empty' };
    if (/^(not required|empty)/i.test(text.sql)) {
      const place = { file: this.file, line: text.lines[0] ?? draft.place.line };
      throw new ChangelogProblem(place, '"empty" or "not required" must stand alone on the only rollback line');
    }
    // Wherever the word stands, Liquibase takes the text for a reference.
    if (/changesetid/i.test(text.sql)) return this.rollbackOf(text.sql, draft.place);
    const { rollbackSplitStatements: splitStatements, rollbackEndDelimiter: endDelimiter } = draft.attributes;
    const change: Change = {
      type: 'sql',
      ...text,
      splitStatements,
      stripComments: false,
      ...(endDelimiter === undefined ? {} : { endDelimiter }),
      checksum: sqlChecksum(text.sql),
    };
    return { type: 'changes', changes: [change] };
  }

  /** `--rollback changesetId:x changesetAuthor:y changesetPath:z`: running that earlier changeset again takes this one back. */
  private rollbackOf(text: string, place: Place): Rollback {
    const { attributes } = attributesOf(text);
    const value = (name: string) =>
      attributes.find((attribute) => attribute.name.toLowerCase() === name.toLowerCase())?.value;
    const [id, author, path = this.file] = [value('changesetId'), value('changesetAuthor'), value('changesetPath')];
    if (id === undefined || author === undefined || text.includes('\n') || attributes.some(({ quoted }) => quoted)) {
      throw new ChangelogProblem(
        place,
        'to Liquibase a rollback with the word "changesetId" refers to another changeset; write it as --rollback changesetId:<id> changesetAuthor:<author> changesetPath:<path>, without quotes, on one line',
      );
    }
    const found = this.context.earlier.find(
      (changeset) => changeset.id === id && changeset.author === author && changeset.path === normalPath(path),
    );
    if (!found)
      throw new ChangelogProblem(
        place,
        `the rollback refers to ${path}::${id}::${author}, which no changeset above has`,
      );
    return { type: 'changes', changes: found.changes };
  }

  private sqlText(lines: readonly { text: string; line: number }[]): { sql: string; file: string; lines: number[] } {
    const { text, skipped } = trimCountingLines(lines.map((line) => line.text).join('\n'));
    const numbers = lines.slice(skipped, skipped + text.split('\n').length).map((line) => line.line);
    const place = { file: this.file, line: numbers[0] ?? this.index };
    return { sql: this.context.properties.expand(text, place), file: this.file, lines: numbers };
  }

  private place(): Place {
    return { file: this.file, line: this.index + 1 };
  }

  private problem(reason: string): ChangelogProblem {
    return new ChangelogProblem(this.place(), reason);
  }
}

function unquote(text: string): string {
  return /^(?:".*"|'.*')$/s.test(text) ? text.slice(1, -1) : text;
}
