import { createHash } from 'node:crypto';
import type { Database } from '../database';
import { isServerError } from '../database';
import type { SchemaObject, SchemaStatement } from './objects';

/** What the catalog says of an object that is not there. */
const MISSING = 'missing';

const COLUMNS: Readonly<
  Record<Exclude<SchemaObject['type'], 'table'>, readonly [view: string, like: string, columns: string]>
> = {
  procedure: [
    'ROUTINES',
    'routine',
    'routine_definition, security_type, sql_data_access, created, last_altered, routine_comment',
  ],
  function: [
    'ROUTINES',
    'routine',
    'routine_definition, dtd_identifier, security_type, sql_data_access, created, last_altered, routine_comment',
  ],
  trigger: ['TRIGGERS', 'trigger', 'event_manipulation, event_object_table, action_statement, action_timing, created'],
  event: [
    'EVENTS',
    'event',
    'event_definition, execute_at, interval_value, interval_field, starts, ends, status, created, last_altered',
  ],
  database: ['SCHEMATA', 'schema', 'default_character_set_name, default_collation_name'],
};

/** The definitions of objects as the catalog shows them, in one word for the journal: `missing`, or a digest of each. */
export async function catalogState(database: Database, objects: readonly SchemaObject[]): Promise<string> {
  const states: string[] = [];
  for (const object of objects) {
    const definition = await definitionOf(database, object);
    states.push(definition === undefined ? MISSING : digest(definition));
  }
  return states.join(' ').slice(0, 1_000);
}

/**
 * Whether a statement that was begun took effect, from what the catalog said before and says now. Both engines do a
 * statement on the catalog whole or not at all (MySQL since 8.0, MariaDB since 10.6), except that MariaDB drops several
 * tables one by one.
 *
 * @returns undefined when nothing tells
 */
export async function tookEffect(
  database: Database,
  statement: SchemaStatement,
  before: string,
): Promise<boolean | undefined> {
  const now = await catalogState(database, statement.objects);
  if (statement.verb === 'truncate') {
    const [table] = statement.objects;
    // Nothing is lost by leaving it out: the table is empty. Rows may have been written since.
    return table !== undefined && (await isEmpty(database, table)) ? true : undefined;
  }
  if (statement.verb === 'drop' && statement.objects.length > 1) {
    if (now.split(' ').every((state) => state === MISSING)) return true;
    return now === before ? false : undefined;
  }
  if (now !== before) return true;
  // Sent again it does the same, or fails as it would have.
  return statement.invisible ? undefined : false;
}

async function definitionOf(database: Database, object: SchemaObject): Promise<string | undefined> {
  if (object.type === 'table') return tableDefinition(database, object);
  const [view, prefix, columns] = COLUMNS[object.type];
  const schema = object.type === 'database' ? '' : ` AND ${prefix}_schema = COALESCE($2, DATABASE())`;
  const type = view === 'ROUTINES' ? ` AND routine_type = '${object.type}'` : '';
  const { rows } = await database.query(
    `SELECT ${columns} FROM information_schema.${view} WHERE ${prefix}_name = $1${schema}${type}`,
    [object.name, object.schema ?? null],
  );
  return rows.length === 0 ? undefined : JSON.stringify(rows[0]);
}

async function tableDefinition(database: Database, table: SchemaObject): Promise<string | undefined> {
  try {
    const { rows } = await database.query(`SHOW CREATE TABLE ${written(table)}`);
    const text = Object.values(rows[0] as object).join('\n');
    // The counter moves with every row.
    return text.replace(/ AUTO_INCREMENT=\d+/, '');
  } catch (error) {
    // 42S02: no such table; 42000: no such database
    if (isServerError(error) && (error.code === '42S02' || error.code === '42000')) return undefined;
    throw error;
  }
}

async function isEmpty(database: Database, table: SchemaObject): Promise<boolean> {
  const { rows } = await database.query(`SELECT 1 FROM ${written(table)} LIMIT 1`);
  return rows.length === 0;
}

function written({ schema, name }: SchemaObject): string {
  return [schema, name].flatMap((part) => (part === undefined ? [] : [`\`${part.replaceAll('`', '``')}\``])).join('.');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
