import { executed, piecesOf } from './words';
import type { Piece } from './words';

/** What a statement makes, changes or takes away. */
export interface SchemaObject {
  readonly type: 'table' | 'procedure' | 'function' | 'trigger' | 'event' | 'database';
  readonly name: string;
  /** @default - the connection's own */
  readonly schema?: string;
}

/** A statement on the catalog, as far as its effect can be looked up. */
export interface SchemaStatement {
  readonly verb: string;
  readonly objects: readonly SchemaObject[];
  /** Changes rows or what no catalog shows: equal catalogs do not mean that it did not run. */
  readonly invisible: boolean;
}

const TYPES: Readonly<Record<string, SchemaObject['type']>> = {
  ...{ table: 'table', tables: 'table', view: 'table', sequence: 'table', index: 'table' },
  ...{ procedure: 'procedure', function: 'function', trigger: 'trigger', event: 'event' },
  ...{ database: 'database', schema: 'database' },
};

/** Parts of ALTER TABLE that move rows without a trace in the table's definition. */
const INVISIBLE = /\b(exchange|truncate|discard|import)\s+(partition|tablespace)\b/i;

/** Reads CREATE, ALTER, DROP, RENAME and TRUNCATE; undefined when its objects cannot be told. */
export function schemaStatement(sql: string): SchemaStatement | undefined {
  const pieces = piecesOf(executed(sql));
  const verb = pieces[0]?.word ?? '';
  if (verb === 'truncate') {
    const objects = namesFrom(pieces, pieces[1]?.word === 'table' ? 2 : 1, 'table').slice(0, 1);
    return { verb, objects, invisible: true };
  }
  if (verb === 'rename') {
    if (pieces[1]?.word !== 'table' && pieces[1]?.word !== 'tables') return undefined;
    const objects = namesFrom(pieces, 2, 'table');
    return { verb, objects, invisible: objects.length > 2 };
  }
  const kindAt = pieces.findIndex(({ word, kind }, index) => index > 0 && kind === 'word' && word in TYPES);
  const kindWord = pieces[kindAt]?.word ?? '';
  const type = TYPES[kindWord];
  // Only what may stand before the type: OR REPLACE, UNIQUE, DEFINER = …, SQL SECURITY …, AGGREGATE, ALGORITHM = …
  if (type === undefined || kindAt > 14) return undefined;
  if (kindWord === 'index' && verb !== 'alter') {
    const on = pieces.findIndex(({ word, kind }, index) => index > kindAt && kind === 'word' && word === 'on');
    return on < 0 ? undefined : { verb, objects: namesFrom(pieces, on + 1, type).slice(0, 1), invisible: false };
  }
  const objects = namesFrom(pieces, kindAt + 1, type);
  if (objects.length === 0) return undefined;
  const several = verb === 'drop' ? objects : objects.slice(0, 1);
  return { verb, objects: several, invisible: verb === 'alter' && INVISIBLE.test(sql) };
}

/** Names from a piece on, separated by commas or TO. */
function namesFrom(pieces: readonly Piece[], start: number, type: SchemaObject['type']): SchemaObject[] {
  const objects: SchemaObject[] = [];
  let next = start;
  while (/^(if|not|exists|only)$/.test(pieces[next]?.word ?? '') && pieces[next]?.kind === 'word') next++;
  for (;;) {
    const first = pieces[next];
    if (first === undefined || (first.kind !== 'word' && first.kind !== 'name')) return objects;
    if (pieces[next + 1]?.word === '.' && pieces[next + 2] !== undefined) {
      objects.push({ type, schema: first.text, name: pieces[next + 2]?.text ?? '' });
      next += 3;
    } else {
      objects.push({ type, name: first.text });
      next++;
    }
    const separator = pieces[next]?.word;
    if (separator !== ',' && separator !== 'to') return objects;
    next++;
  }
}
