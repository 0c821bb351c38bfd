/**
 * The lines of formatted SQL that mean something to Liquibase 4.28. Each pattern was checked against the real program;
 * a line that matches none of them is SQL.
 */
export const HEADER = /^\s*--\s*liquibase\s*formatted(.*)$/i;

const PATTERNS = {
  property: /^\s*--\s*property\s+(.*)$/i,
  changeset: /^\s*--\s*changeset\b(.*)$/i,
  comment: /^\s*--\s*comment:? (.*)$/i,
  rollback: /^\s*--\s*rollback (.*)$/i,
  preconditions: /^\s*--\s*preconditions(?:\s+(.*))?$/i,
  precondition: /^\s*--\s*precondition-(\S+)\s*(.*)$/i,
  validCheckSum: /^\s*--\s*validCheckSum:? +(\S+).*$/i,
  ignoreLines: /^\s*--\s*ignoreLines:(\w+.*)$/i,
  rollbackBlock: /^\s*\/\*\s*liquibase\s*rollback\s*$/i,
  greenroom: /^\s*--\s*greenroom[\s:]+(.*)$/i,
} as const;

/** Spellings that Liquibase refuses because they are nearly always mistakes, and what was meant. */
const MISSPELT: readonly (readonly [RegExp, string])[] = [
  [/^\s*-\s*changeset\b/i, '--changeset <author>:<id>'],
  [/^\s*--\s*changeset/i, '--changeset <author>:<id>'],
  [/^\s*-\s*rollback\s/i, '--rollback <SQL>'],
  [/^\s*-\s*comments?:?\s/i, '--comment <text>'],
  [/^\s*--\s*comments:?\s/i, '--comment <text>'],
  [/^\s*-\s*property\s/i, '--property name:<name> value:<value>'],
  [/^\s*-\s*preconditions\b/i, '--preconditions onFail:<HALT|CONTINUE|MARK_RAN|WARN>'],
  [/^\s*-\s*precondition-/i, '--precondition-sql-check, --precondition-table-exists or --precondition-view-exists'],
  [/^\s*-\s*validCheckSum:?\s/i, '--validCheckSum: <checksum>'],
  [/^\s*-\s*ignoreLines:/i, '--ignoreLines:<count|start>'],
  [/^\s*--?\s*ignore:/i, '--ignoreLines:<count|start>'],
];

export type DirectiveName = keyof typeof PATTERNS;

/** A line's directive with the text of its groups. */
export interface Directive {
  readonly name: DirectiveName;
  readonly groups: readonly string[];
}

/** Reads a line as a directive; undefined when it is SQL. */
export function directiveOf(line: string): Directive | undefined {
  // Nearly every line is SQL and begins with neither dash nor slash.
  if (!/^\s*[-/]/.test(line)) return undefined;
  for (const name of Object.keys(PATTERNS) as DirectiveName[]) {
    const match = PATTERNS[name].exec(line);
    if (match) return { name, groups: match.slice(1).map((group) => group ?? '') };
  }
  return undefined;
}

/** What was probably meant by a line that Liquibase refuses; undefined when the line is fine. */
export function misspelt(line: string): string | undefined {
  return MISSPELT.find(([pattern]) => pattern.test(line))?.[1];
}

/** An attribute as written: `name:value`, the value with its quotes taken off. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** Reads `name:value name:"a value"` and the words that are no attributes. */
export function attributesOf(text: string): { attributes: Attribute[]; words: string[] } {
  const attributes: Attribute[] = [];
  const words: string[] = [];
  for (const match of text.matchAll(/(\w+):(?:"([^"]*)"(?=\s|$)|(\S*))|(\S+)/g)) {
    const [, name, quoted, plain, word] = match;
    if (name === undefined) words.push(word ?? '');
    else attributes.push({ name, value: quoted ?? plain ?? '', quoted: plain === undefined });
  }
  return { attributes, words };
}
