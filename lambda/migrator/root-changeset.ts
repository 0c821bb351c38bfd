import type { Change, Changeset, Modification, Rollback, SqlText } from './changelog';
import { dbmsList, labelList, readable, usableDelimiter } from './values';
import { changesetChecksum, fieldsChecksum, sqlChecksum } from './checksum';
import type { EngineName } from './engine';
import { dbmsMatches } from './expressions';
import { readPreconditions } from './root-preconditions';
import { contentOf, resolvePath } from './reading';
import type { ReadingContext } from './reading';
import { decodeText, splitLines, trimCountingLines } from './text';
import { YamlMembers } from './yaml-node';
import type { YamlNode } from './yaml-node';

const MEMBERS = [
  'id',
  'author',
  'comment',
  'context',
  'contextFilter',
  'labels',
  'dbms',
  'runOnChange',
  'runAlways',
  'runInTransaction',
  'failOnError',
  'ignore',
  'runOrder',
  'logicalFilePath',
  'validCheckSum',
  'preConditions',
  'changes',
  'modifySql',
  'rollback',
  'objectQuotingStrategy',
];

/** Reads one `changeSet` of a YAML or JSON changelog. */
export function readChangeset(node: YamlNode, path: string, context: ReadingContext): Changeset {
  const members = new YamlMembers(node, 'changeSet', MEMBERS);
  const expanded = (name: string) => {
    const value = members.text(name);
    return value === undefined ? undefined : context.properties.expand(value, node.place);
  };
  const changes = (members.get('changes') === undefined ? [] : pairs(members.required('changes'))).map(
    ([name, value]) => readChange(name, value, context),
  );
  const modifications =
    members.get('modifySql') === undefined ? [] : readModifications(members.required('modifySql'), context.engine);
  const sums = changes.filter((change) => counts(change, context.engine)).map((change) => change.checksum);
  const expression = expanded('contextFilter') ?? expanded('context');
  const labels = labelList(expanded('labels') ?? '', node.place);
  const logicalFilePath = members.get('logicalFilePath');
  const runOrder = members.text('runOrder');
  if (runOrder !== undefined && runOrder !== 'first' && runOrder !== 'last') {
    throw members.required('runOrder').problem('runOrder is first or last');
  }
  members.required('id');
  members.required('author');
  return {
    engine: context.engine,
    id: expanded('id') ?? '',
    author: expanded('author') ?? '',
    path: logicalFilePath === undefined ? path : writtenPath(logicalFilePath),
    place: node.place,
    checksum: changesetChecksum(
      sums,
      // Those for another engine do not count.
      modifications.filter(({ applies }) => applies).map(({ checksum }) => checksum),
    ),
    description: changes.length === 0 ? 'empty' : changes.map(describe).join('; '),
    comment: (expanded('comment') ?? '').trim(),
    contexts: [...context.contexts, ...(expression === undefined ? [] : [readable(expression, node.place)])],
    labels: [...context.labels, ...(labels.length > 0 ? [labels] : [])],
    dbms: dbmsList(members.text('dbms'), node.place),
    runOnChange: members.flag('runOnChange', false),
    runAlways: members.flag('runAlways', false),
    runInTransaction: members.flag('runInTransaction', true),
    failOnError: members.flag('failOnError', true),
    ignore: members.flag('ignore', false) || context.ignore,
    ...(runOrder === undefined ? {} : { runOrder }),
    validCheckSums: (members.get('validCheckSum')?.items() ?? []).map((item) => item.text()),
    ...(members.get('preConditions') === undefined
      ? {}
      : { preconditions: readPreconditions(members.required('preConditions')) }),
    changes,
    modifications,
    rollback: readRollback(members, changes, context),
    remarks: [],
  };
}

/** A `logicalFilePath`, which Liquibase stores here nearly as it is written. @throws ChangelogProblem for a blank or padded one */
export function writtenPath(node: YamlNode): string {
  const path = node.text().replaceAll('\\', '/').replace(/^\//, '');
  if (path === '' || path !== path.trim()) throw node.problem('logicalFilePath is a path without blanks around it');
  return path;
}

function counts(change: Change, engine: EngineName): boolean {
  return (change.type !== 'sql' && change.type !== 'sqlFile') || dbmsMatches(change.dbms ?? [], engine);
}

function describe(change: Change): string {
  return change.type === 'sqlFile' ? `sqlFile path=${change.path ?? change.file}` : change.type;
}

/** Changes as name and value, from a list of maps or from a map. A plain `- empty` is no change at all to Liquibase. */
function pairs(node: YamlNode): [string, YamlNode][] {
  if (node.kind === 'map') return node.members();
  return node.items().flatMap((item) => (item.kind === 'scalar' && item.text() === 'empty' ? [] : item.members()));
}

function readChange(name: string, node: YamlNode, context: ReadingContext): Change {
  switch (name) {
    case 'empty':
      return { type: 'empty', checksum: fieldsChecksum(name, {}) };
    case 'sql':
      return readSql(node, context);
    case 'sqlFile':
      return readSqlFile(node, context);
    case 'tagDatabase': {
      const tag = context.properties.expand(
        new YamlMembers(node, name, ['tag', 'keepTagOnRollback']).required('tag').text(),
        node.place,
      );
      return { type: 'tagDatabase', tag, checksum: fieldsChecksum(name, { tag }) };
    }
    case 'output': {
      const members = node.kind === 'map' ? new YamlMembers(node, name, ['message', 'target']) : undefined;
      const written = members === undefined ? node.text() : (members.text('message') ?? '');
      const message = context.properties.expand(written, node.place);
      const fields = { ...(message === '' ? {} : { message }), target: members?.text('target') ?? 'STDERR' };
      return { type: 'output', message, checksum: fieldsChecksum(name, fields) };
    }
  }
  throw node.problem(`the change "${name}" is not supported; write it as sql`);
}

const SQL_MEMBERS = ['splitStatements', 'stripComments', 'endDelimiter', 'dbms'];

function readSql(node: YamlNode, context: ReadingContext): Extract<Change, SqlText> {
  const members = node.kind === 'map' ? new YamlMembers(node, 'sql', ['sql', 'comment', ...SQL_MEMBERS]) : undefined;
  const value = members === undefined ? node : members.required('sql');
  const { text, skipped } = trimCountingLines(value.text());
  const sql = context.properties.expand(text, node.place);
  const lines = value.textLines().slice(skipped);
  return { type: 'sql', sql, file: node.place.file, lines, ...sqlOptions(members, node), checksum: sqlChecksum(sql) };
}

function readSqlFile(node: YamlNode, context: ReadingContext): Change {
  const members = new YamlMembers(node, 'sqlFile', ['path', 'relativeToChangelogFile', 'encoding', ...SQL_MEMBERS]);
  if (!/^utf-?8$/i.test(members.text('encoding') ?? 'utf8'))
    throw members.required('encoding').problem('only UTF-8 is supported');
  const file = resolvePath(members.required('path'), members.flag('relativeToChangelogFile', false));
  const content = contentOf(context.files, file);
  if (content === undefined) throw node.problem(`the file "${file}" is not part of this changelog`);
  const text = decodeText(content);
  return {
    type: 'sqlFile',
    path: members.required('path').text(),
    sql: text,
    file,
    lines: Array.from({ length: Math.max(1, splitLines(text).length) }, (_, index) => index + 1),
    ...sqlOptions(members, node),
    checksum: sqlChecksum(text),
  };
}

function sqlOptions(members: YamlMembers | undefined, node: YamlNode) {
  const dbms = members?.text('dbms');
  if (members !== undefined && dbms !== undefined && dbms !== dbms.toLowerCase())
    throw members.required('dbms').problem('write the names in small letters: Liquibase would never run this change');
  const endDelimiter = members?.text('endDelimiter');
  return {
    splitStatements: members?.flag('splitStatements', true) ?? true,
    stripComments: members?.flag('stripComments', false) ?? false,
    ...(endDelimiter === undefined || endDelimiter === ''
      ? {}
      : { endDelimiter: usableDelimiter(endDelimiter, node.place) }),
    ...(dbms === undefined ? {} : { dbms: dbmsList(dbms, node.place) }),
  };
}

function readModifications(node: YamlNode, engine: EngineName): Modification[] {
  const modifications: Modification[] = [];
  let dbms: string[] = [];
  // It holds for all of them, also as an item of its own.
  for (const [name, value] of node.kind === 'map' ? node.members() : node.items().flatMap((item) => item.members())) {
    if (name === 'dbms') dbms = dbmsList(value.text(), value.place);
    else modifications.push(readModification(name, value));
  }
  return modifications.map((modification) => ({ ...modification, applies: dbmsMatches(dbms, engine) }));
}

function readModification(name: string, node: YamlNode): Modification {
  const fields = {
    append: ['value'],
    prepend: ['value'],
    replace: ['replace', 'with'],
    regExpReplace: ['replace', 'with'],
  };
  if (!(name in fields)) throw node.problem(`"${name}" is not supported in modifySql`);
  const type = name as keyof typeof fields;
  const members = new YamlMembers(node, name, [...fields[type], 'applyToRollback']);
  const texts = Object.fromEntries(fields[type].map((field) => [field, members.required(field).text()]));
  if (type === 'regExpReplace') {
    try {
      new RegExp(texts.replace ?? '');
    } catch (error) {
      throw members.required('replace').problem((error as Error).message);
    }
  }
  const applyToRollback = members.flag('applyToRollback', false);
  const checksum = fieldsChecksum(name, { applyToRollback: String(applyToRollback), ...texts });
  return { type, ...texts, applyToRollback, applies: true, checksum };
}

function readRollback(members: YamlMembers, changes: readonly Change[], context: ReadingContext): Rollback {
  if (!members.has('rollback')) {
    // Tags, messages and nothing at all are taken back by taking the row back.
    const trivial = changes.every((change) => change.type !== 'sql' && change.type !== 'sqlFile');
    return trivial ? { type: 'empty' } : { type: 'none' };
  }
  const node = members.get('rollback');
  if (node === undefined) return { type: 'empty' };
  const refuseWord = (text: string) => {
    if (/^\s*(empty|not required)\s*$/i.test(text)) {
      throw node.problem(`in YAML Liquibase would run "${text.trim()}" as SQL; write rollback: {}`);
    }
  };
  if (node.kind === 'scalar') {
    refuseWord(node.text());
    return { type: 'changes', changes: [{ ...readSql(node, context), stripComments: true }] };
  }
  if (node.kind === 'map' && node.members().some(([name]) => name.startsWith('changeSet'))) {
    const reference = new YamlMembers(node, 'rollback', ['changeSetId', 'changeSetAuthor', 'changeSetPath']);
    const [id, author] = [reference.required('changeSetId').text(), reference.required('changeSetAuthor').text()];
    const path = reference.text('changeSetPath') ?? node.place.file;
    const found = context.earlier.find((other) => other.id === id && other.author === author && other.path === path);
    if (!found) throw node.problem(`no changeset above is ${path}::${id}::${author}`);
    return { type: 'changes', changes: found.changes };
  }
  const entries = node.kind === 'map' ? [node] : node.items();
  const read = entries.flatMap((entry) => {
    if (entry.kind !== 'scalar') return pairs(entry).map(([name, value]) => readChange(name, value, context));
    refuseWord(entry.text());
    if (entries.length > 1) throw entry.problem('a rollback is one text of SQL, or a list of changes: write - sql: …');
    return [readSql(entry, context)];
  });
  return read.length === 0 ? { type: 'empty' } : { type: 'changes', changes: read };
}
