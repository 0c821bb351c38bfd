import type { Precondition, Preconditions } from './changelog';
import { dbmsList, reaction } from './values';
import { YamlMembers } from './yaml-node';
import type { YamlNode } from './yaml-node';

const OPTIONS = ['onFail', 'onError', 'onFailMessage', 'onErrorMessage', 'onSqlOutput', 'onUpdateSQL'];

/** Deeper nesting than this is a mistake, and would be a danger to the stack. */
const MAX_DEPTH = 30;

/** Reads `preConditions` of a changelog or changeset: a list or a map of options and questions. */
export function readPreconditions(node: YamlNode): Preconditions {
  const options = new Map<string, YamlNode>();
  const nested: Precondition[] = [];
  for (const [name, value] of pairs(node)) {
    if (OPTIONS.includes(name)) options.set(name, value);
    else nested.push(readPrecondition(name, value, 0));
  }
  const text = (name: string) => options.get(name)?.text();
  for (const name of ['onFail', 'onError']) {
    // Unlike in formatted SQL, Liquibase reads them in capitals only.
    if (text(name) !== text(name)?.toUpperCase())
      throw node.problem(`write ${name} in capitals: ${text(name)?.toUpperCase()}`);
  }
  return {
    onFail: reaction(text('onFail'), node.place),
    onError: reaction(text('onError'), node.place),
    onFailMessage: text('onFailMessage'),
    onErrorMessage: text('onErrorMessage'),
    nested,
  };
}

function pairs(node: YamlNode): [string, YamlNode][] {
  return node.kind === 'map' ? node.members() : node.items().flatMap((item) => item.members());
}

function readPrecondition(name: string, node: YamlNode, depth: number): Precondition {
  const place = node.place;
  if (depth > MAX_DEPTH) throw node.problem(`preconditions are nested deeper than ${MAX_DEPTH}`);
  switch (name) {
    case 'and':
    case 'or':
    case 'not':
      return {
        type: name,
        nested: pairs(node).map(([inner, value]) => readPrecondition(inner, value, depth + 1)),
        place,
      };
    case 'dbms':
      return {
        type: 'dbms',
        names: dbmsList(new YamlMembers(node, name, ['type']).required('type').text(), place),
        place,
      };
    case 'sqlCheck': {
      const members = new YamlMembers(node, name, ['expectedResult', 'sql']);
      const expectedResult = members.required('expectedResult').text();
      return { type: 'sqlCheck', expectedResult, sql: members.required('sql').text(), place };
    }
    case 'tableExists': {
      const members = new YamlMembers(node, name, ['tableName', 'schemaName', 'catalogName']);
      return { type: name, table: members.required('tableName').text(), schema: members.text('schemaName'), place };
    }
    case 'viewExists': {
      const members = new YamlMembers(node, name, ['viewName', 'schemaName', 'catalogName']);
      return { type: name, view: members.required('viewName').text(), schema: members.text('schemaName'), place };
    }
  }
  throw node.problem(`the precondition "${name}" is not supported; sqlCheck can ask anything`);
}
