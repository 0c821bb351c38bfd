import type { Database } from '../database';
import type { Engine } from '../engine';
import type { Statement } from '../split';
import { piecesOf } from './words';

/** Tables of engines without transactions, as last seen by a session. */
const known = new WeakMap<Engine, ReadonlySet<string>>();

/** Whether statements name a table whose engine knows no transactions (MyISAM, Aria, MEMORY): what they write stays. */
export async function touchesOtherTables(database: Database, statements: readonly Statement[]): Promise<boolean> {
  const names = (database.engine && known.get(database.engine)) ?? (await otherTables(database));
  if (names.size === 0) return false;
  return statements.some(({ sql }) => piecesOf(sql).some(({ text }) => names.has(text.toLowerCase())));
}

/** Forgets what was seen before a statement that may make such a table: asking is slow where there are many tables. */
export function mayMakeOtherTables(database: Database, sql: string): void {
  if (database.engine === undefined) return;
  const none = known.get(database.engine)?.size === 0;
  if (!none || /\b(engine|storage_engine|call|execute|like)\b/i.test(sql)) known.delete(database.engine);
}

async function otherTables(database: Database): Promise<ReadonlySet<string>> {
  const { rows } = await database.query(
    `SELECT LOWER(table_name) AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
       AND table_type = 'BASE TABLE' AND engine IS NOT NULL AND engine NOT IN ('InnoDB', 'ndbcluster', 'ROCKSDB', 'TokuDB')
     UNION ALL SELECT '' FROM DUAL WHERE @@default_storage_engine <> 'InnoDB'`,
  );
  const names = new Set(rows.map((row: { name: string }) => row.name));
  // Where new tables are of such an engine by default, nothing is remembered.
  if (database.engine && !names.has('')) known.set(database.engine, names);
  return names;
}
