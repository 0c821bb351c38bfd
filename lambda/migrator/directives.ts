import { javaPattern } from './text';

/**
 * The lines of formatted SQL that mean something to Liquibase 4.28. Each pattern was checked against the real program:
 * some directives may be indented, others not, some need a blank and no tab. A line that matches none of them is SQL.
 */
export const HEADER = javaPattern(String.raw`^\s*--\s*liquibase\s*formatted(.*)$`);

const PATTERNS = {
  property: javaPattern(String.raw`^\s*--\s*property\s+(.*)$`),
  changeset: javaPattern(String.raw`^\s*--\s*changeset\b(.*)$`),
  comment: javaPattern(String.raw`^--\s*comment:? (.*)$`),
  rollback: javaPattern(String.raw`^\s*--\s*rollback (.*)$`),
  preconditions: javaPattern(String.raw`^\s*--\s*preconditions(.*)$`),
  precondition: javaPattern(String.raw`^\s*--\s*precondition-([a-zA-Z0-9-]+)(?: (.*))?$`),
  validCheckSum: javaPattern(String.raw`^--\s*validCheckSum:? +(\S+).*$`),
  ignoreLines: javaPattern(String.raw`^--\s*ignoreLines:(\w+)$`),
  rollbackBlock: javaPattern(String.raw`^\s*/\*\s*liquibase\s*rollback\s*$`),
  greenroom: javaPattern(String.raw`^\s*--\s*greenroom[\t :]+(.*)$`),
} as const;

/** Whether a line ends what `--ignoreLines:start` leaves out: not indented, `end` in lower case, and nothing behind it. */
export function endsIgnored(line: string): boolean {
  return /^--[ \t\v\f]*ignoreLines:end$/i.test(line) && line.endsWith('end');
}

/** A line that looks like a directive and is SQL to Liquibase: it counts in the checksum, so it cannot be mended afterwards. */
const LOOKALIKE = /^\s*--\s*(comment|rollback|precondition-|validCheckSum|ignoreLines:)/i;

/** Whether a line that is no directive was perhaps meant to be one. */
export function resemblesDirective(line: string): boolean {
  return LOOKALIKE.test(line) && !/^\s*--\s*(comment|rollback)(\w|\s*$)/i.test(line);
}

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
