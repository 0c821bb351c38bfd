import type { Changeset, Preconditions } from './changelog';
import { applicableProperty, labelList, readable } from './values';
import { dbmsMatches } from './expressions';
import { readPreconditions } from './root-preconditions';
import { readChangeset, writtenPath } from './root-changeset';
import type { Place } from './problem';
import { ChangelogProblem } from './problem';
import type { ReadingContext } from './reading';
import { contentOf, resolvePath } from './reading';
import { decodeText, splitLines } from './text';
import { YamlMembers, YamlNode } from './yaml-node';

/** What a file of a changelog holds. */
export interface FileContent {
  readonly changesets: readonly Changeset[];
  readonly preconditions: readonly Preconditions[];
}

/** Reads another file of the changelog with what it inherits. */
export type ReadFile = (file: string, context: ReadingContext, from: Place) => FileContent;

/** Reads a changelog written in YAML or JSON. @throws ChangelogProblem for whatever it does not know */
export function readRootChangelog(
  file: string,
  text: string,
  context: ReadingContext,
  readFile: ReadFile,
): FileContent {
  const document = YamlNode.parse(file, text);
  if (document.kind !== 'map') throw document.problem('a changelog begins with "databaseChangeLog:"');
  const list = new YamlMembers(document, 'a changelog', ['databaseChangeLog']).required('databaseChangeLog');
  if (list.kind !== 'list') throw list.problem('databaseChangeLog is a list: begin each entry with "- "');
  const changesets: Changeset[] = [];
  const preconditions: Preconditions[] = [];
  let logicalPath = file;
  let inherits = false;
  const entries = list.items().map(onlyMember);
  for (const [name, value] of entries) if (name === 'property') readProperty(value, context);
  // Liquibase expands the whole file before it reads the files that it includes, and the rest entry by entry.
  const properties = context.properties.fromNow();
  const readNext: ReadFile = (next, inheriting, from) =>
    readFile(next, { ...inheriting, properties: context.properties }, from);
  for (const [name, value] of entries) {
    const own = { ...context, properties };
    const take = (content: FileContent) => {
      for (const changeset of content.changesets) changesets.push(changeset);
      preconditions.push(...content.preconditions);
      inherits = true;
    };
    if (name === 'changeSet') {
      const changeset = readChangeset(value, logicalPath, own);
      // Those of formatted SQL stay: Liquibase reads them for every engine.
      if (!dbmsMatches(changeset.dbms, context.engine)) continue;
      changesets.push(changeset);
      context.earlier.push(changeset);
    } else if (name === 'include') include(value, own, readNext, take);
    else if (name === 'includeAll') includeAll(value, own, readNext, take);
    else if (name === 'preConditions') preconditions.push(readPreconditions(value));
    else if (name === 'logicalFilePath') {
      if (changesets.length > 0 || inherits) throw value.problem('logicalFilePath must be the first entry');
      logicalPath = writtenPath(value);
    } else if (name !== 'property') throw value.problem(`"${name}" is not supported in databaseChangeLog`);
  }
  return { changesets: ordered(changesets), preconditions };
}

/** `runOrder: first` goes before everything of its changelog, `last` after it. */
function ordered(changesets: readonly Changeset[]): Changeset[] {
  const rank = (changeset: Changeset) => ({ first: 0, last: 2, none: 1 })[changeset.runOrder ?? 'none'];
  return [...changesets].sort((a, b) => rank(a) - rank(b));
}

function onlyMember(entry: YamlNode): [string, YamlNode] {
  const members = entry.members();
  const [first] = members;
  if (first === undefined || members.length > 1) throw entry.problem('each entry has one name: begin each with "- "');
  return first;
}

const INHERITED = ['context', 'contextFilter', 'labels', 'ignore'];

function include(
  node: YamlNode,
  context: ReadingContext,
  readFile: ReadFile,
  take: (content: FileContent) => void,
): void {
  const known = ['file', 'relativeToChangelogFile', 'errorIfMissing', ...INHERITED];
  if (node.kind !== 'map') throw node.problem('write include: {file: <path>}');
  const members = new YamlMembers(node, 'include', known);
  const file = resolvePath(
    members.required('file'),
    members.flag('relativeToChangelogFile', false),
    context.properties,
  );
  if (contentOf(context.files, file) === undefined) {
    if (!members.flag('errorIfMissing', true)) return;
    throw node.problem(`the file "${file}" is not part of this changelog`);
  }
  take(readFile(file, inherited(members, context), node.place));
}

function includeAll(
  node: YamlNode,
  context: ReadingContext,
  readFile: ReadFile,
  take: (content: FileContent) => void,
): void {
  const known = ['path', 'relativeToChangelogFile', 'errorIfMissingOrEmpty', 'minDepth', 'maxDepth', 'endsWithFilter'];
  const members = new YamlMembers(node, 'includeAll', [...known, ...INHERITED]);
  const folder = resolvePath(
    members.required('path'),
    members.flag('relativeToChangelogFile', false),
    context.properties,
  );
  const prefix = folder === '' ? '' : `${folder}/`;
  const depth = (file: string) => file.slice(prefix.length).split('/').length;
  const [least, most] = [depthOf(members, 'minDepth', 1), depthOf(members, 'maxDepth', Infinity)];
  const suffix = members.text('endsWithFilter')?.toLowerCase() ?? '';
  const files = Object.keys(context.files)
    .filter((file) => file.startsWith(prefix) && depth(file) >= least && depth(file) <= most)
    // Liquibase reads these, and leaves others out. One of XML is refused when it is read.
    .filter((file) => file.toLowerCase().endsWith(suffix) && /\.(sql|ya?ml|json|xml)$/i.test(file))
    // Code units, as Java compares strings.
    .sort((a, b) => (a < b ? -1 : 1));
  if (files.length === 0 && members.flag('errorIfMissingOrEmpty', true)) {
    throw node.problem(`no changelog file lies in "${folder}" of this changelog`);
  }
  for (const file of files) take(readFile(file, inherited(members, context), node.place));
}

function depthOf(members: YamlMembers, name: string, standard: number): number {
  const text = members.text(name);
  if (text === undefined) return standard;
  if (!/^\d{1,4}$/.test(text)) throw members.required(name).problem(`"${name}" is a number`);
  return Number(text);
}

function inherited(members: YamlMembers, context: ReadingContext): ReadingContext {
  const expression = members.text('contextFilter') ?? members.text('context');
  const labels = labelList(members.text('labels') ?? '', members.node.place);
  const ignore = members.flag('ignore', false);
  if (context.ignore && !ignore) {
    throw members.node.problem(
      'this file is included with ignore, which Liquibase does not hand on: write ignore: true here as well',
    );
  }
  return {
    ...context,
    // The nearest first, as the columns CONTEXTS and LABELS have them.
    contexts: [...(expression === undefined ? [] : [readable(expression, members.node.place)]), ...context.contexts],
    labels: [...(labels.length > 0 ? [labels] : []), ...context.labels],
    ignore,
  };
}

function readProperty(node: YamlNode, context: ReadingContext): void {
  const filters = ['context', 'contextFilter', 'labels', 'dbms', 'global'];
  const members = new YamlMembers(node, 'property', ['name', 'value', 'file', 'relativeToChangelogFile', ...filters]);
  const define = (name: string, value: string, place: Place) => {
    const property = applicableProperty(
      {
        name,
        value,
        context: members.text('contextFilter') ?? members.text('context'),
        labels: members.text('labels'),
        dbms: members.text('dbms'),
        global: members.flag('global', true),
      },
      place,
      context,
    );
    if (property !== undefined) context.properties.define(property);
  };
  const file = members.get('file');
  if (file === undefined) return define(members.required('name').text(), members.required('value').text(), node.place);
  const path = resolvePath(file, members.flag('relativeToChangelogFile', false));
  const content = contentOf(context.files, path);
  if (content === undefined) throw node.problem(`the file "${path}" is not part of this changelog`);
  splitLines(decodeText(content)).forEach((line, index) => {
    if (/^\s*([#!]|$)/.test(line)) return;
    const match = /^\s*([^\s=:\\]+)\s*[=:]\s*([^\\]*)$/.exec(line);
    const place = { file: path, line: index + 1 };
    if (!match) throw new ChangelogProblem(place, 'write name=value; escapes and continued lines are not supported');
    define(match[1] ?? '', match[2] ?? '', { ...place, file: node.place.file });
  });
}
