import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { Place } from './problem';
import { ChangelogProblem } from './problem';

/** A value of a YAML or JSON changelog together with its line. Liquibase reads both as YAML 1.1. */
export class YamlNode {
  private constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly node: Node | null,
    /** Where it begins. */
    readonly place: Place,
  ) {}

  /** @throws ChangelogProblem when the text is no YAML */
  static parse(file: string, text: string): YamlNode {
    const lines = new LineCounter();
    const start = { file, line: 1 };
    let document: Document;
    try {
      document = parseDocument(text, { lineCounter: lines, version: '1.1', prettyErrors: false, uniqueKeys: true });
    } catch (error) {
      throw new ChangelogProblem(start, `this is no YAML: ${(error as Error).message}`, { cause: error });
    }
    const error = document.errors[0];
    if (error) throw new ChangelogProblem({ file, line: lines.linePos(error.pos[0]).line }, error.message);
    return new YamlNode(document, lines, document.contents as Node | null, start);
  }

  get kind(): 'map' | 'list' | 'scalar' | 'nothing' {
    if (this.node === null || (isScalar(this.node) && this.node.value === null)) return 'nothing';
    return isMap(this.node) ? 'map' : isSeq(this.node) ? 'list' : 'scalar';
  }

  /** The members of a map, in order. */
  members(): [string, YamlNode][] {
    if (!isMap(this.node)) throw this.problem('a map of names and values is expected here');
    return (this.node.items as Pair<Node, Node | null>[]).map((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : '?';
      return [key, this.child(pair.value, pair.key)];
    });
  }

  /** The items of a list; a lone value counts as a list of one, nothing as an empty one. */
  items(): YamlNode[] {
    if (this.kind === 'nothing') return [];
    if (!isSeq(this.node)) return [this];
    return (this.node.items as (Node | null)[]).map((item) => this.child(item));
  }

  /**
   * The text of a scalar as Liquibase sees it. Numbers that would change by being read (`1.10`, `007`) and dates are
   * refused: they need quotes.
   */
  text(): string {
    if (!isScalar(this.node)) throw this.problem('a single value is expected here');
    const { value, source } = this.node;
    if (typeof value === 'string') return value;
    // YAML 1.1 has y and n as booleans too; Liquibase's reader does not.
    if (typeof value === 'boolean') return /^[yn]$/i.test(source ?? '') ? (source ?? '') : String(value);
    if (typeof value === 'number' && String(value) === source) return source;
    throw this.problem(`"${source ?? ''}" is not read as it is written; put it in quotes`);
  }

  /** Line of each line of a scalar's text. Of folded or escaped text it is the line where the value begins. */
  textLines(): number[] {
    const count = this.text().split('\n').length;
    const literal = isScalar(this.node) && this.node.type === 'BLOCK_LITERAL';
    return Array.from({ length: count }, (_, index) => this.place.line + (literal ? index + 1 : 0));
  }

  problem(reason: string): ChangelogProblem {
    return new ChangelogProblem(this.place, reason);
  }

  private child(node: Node | null, key?: Node): YamlNode {
    const resolved = isAlias(node) ? (node.resolve(this.document) ?? null) : node;
    const offset = resolved?.range?.[0] ?? key?.range?.[0];
    const line = offset === undefined ? this.place.line : this.lines.linePos(offset).line;
    return new YamlNode(this.document, this.lines, resolved, { file: this.place.file, line });
  }
}

/** The members of a map by name; each must be known. */
export class YamlMembers {
  private readonly values = new Map<string, YamlNode>();

  constructor(
    readonly node: YamlNode,
    what: string,
    known: readonly string[],
  ) {
    for (const [name, value] of node.members()) {
      if (!known.includes(name)) {
        throw value.problem(`"${name}" is not supported in ${what}; known are ${known.join(', ')}`);
      }
      this.values.set(name, value);
    }
  }

  get(name: string): YamlNode | undefined {
    const node = this.values.get(name);
    return node?.kind === 'nothing' ? undefined : node;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string): string | undefined {
    return this.get(name)?.text();
  }

  required(name: string): YamlNode {
    const node = this.get(name);
    if (node === undefined) throw this.node.problem(`"${name}" is missing`);
    return node;
  }

  flag(name: string, standard: boolean): boolean {
    const text = this.text(name);
    if (text === undefined) return standard;
    if (!/^(true|false)$/i.test(text)) throw this.required(name).problem(`"${name}" is true or false, not "${text}"`);
    return text.toLowerCase() === 'true';
  }
}
