import type { Database } from './database';
import { isServerError } from './database';
import { engineOf } from './engine';
import { limitStatements } from './run-statement';

/** What reading every table came to. */
export interface TableReadings {
  /** Rows by `schema.table`. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables for which there was no time. */
  readonly unread: readonly string[];
  /** Tables that cannot be read, each a sentence. */
  readonly problems: readonly string[];
}

interface Table {
  readonly schema: string;
  readonly name: string;
}

/**
 * Reads every row of every table, smallest table first: a page that is damaged or missing shows when it is read, and in
 * no list of tables.
 *
 * @param budgetMs for all tables together
 */
export async function readTables(database: Database, budgetMs: number): Promise<TableReadings> {
  const until = Date.now() + budgetMs;
  const rows: Record<string, number> = {};
  const unread: string[] = [];
  const problems: string[] = [];
  for (const table of await listTables(database)) {
    const label = `${table.schema}.${table.name}`;
    const left = until - Date.now();
    if (left <= 0) {
      unread.push(label);
      continue;
    }
    try {
      await limitStatements(database, left, 5_000);
      rows[label] = await countRows(database, table);
    } catch (error) {
      if (!isServerError(error)) throw error;
      if (Date.now() >= until - 250) unread.push(label);
      else problems.push(`the table ${label} cannot be read to its end: ${error.message} (${error.code})`);
    }
  }
  return { rows, unread, problems };
}

async function listTables(database: Database): Promise<Table[]> {
  const postgres = engineOf(database).name === 'postgresql';
  const { rows } = await database.query(
    postgres
      ? `SELECT nspname AS schema, relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE relkind = 'r' AND relpersistence <> 't' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
         ORDER BY relpages, nspname, relname`
      : `SELECT table_schema AS \`schema\`, table_name AS name FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY data_length, table_name`,
  );
  return rows as Table[];
}

/** Whole rows of the table itself: an index alone could answer how many there are. */
async function countRows(database: Database, { schema, name }: Table): Promise<number> {
  const { quoted, name: engine } = engineOf(database);
  const place = `${quoted(schema)}.${quoted(name)}`;
  const sql =
    engine === 'postgresql'
      ? `SELECT count(whole.*) AS amount FROM ${place} AS whole`
      : `SELECT count(*) AS amount FROM ${place} USE INDEX ()`;
  const { rows } = await database.query(sql);
  return Number(rows[0]?.amount);
}
