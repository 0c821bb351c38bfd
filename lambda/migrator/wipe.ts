import type { Database } from './database';
import { engineOf } from './engine';

/**
 * Drops everything that the signed-in user's database holds, the history of its changelog included. Users and their rights
 * stay. For environments that are rebuilt from the changelog with each release, and for no other.
 *
 * @returns how many statements it took
 */
export async function wipe(database: Database): Promise<number> {
  const statements =
    engineOf(database).name === 'postgresql' ? await postgresDrops(database) : await mysqlDrops(database);
  for (const sql of statements) await database.query(sql);
  return statements.length;
}

/** Schemas of the owner with all that is in them, and what the owner has in those of others; extensions stay. */
async function postgresDrops(database: Database): Promise<string[]> {
  const { rows } = await database.query(`
    WITH mine AS (SELECT oid FROM pg_roles WHERE rolname = current_user),
    shared AS (SELECT oid FROM pg_namespace WHERE nspname = 'public' OR nspowner NOT IN (SELECT oid FROM mine))
    SELECT format('DROP SCHEMA %I CASCADE', nspname) AS sql FROM pg_namespace
      WHERE nspowner IN (SELECT oid FROM mine) AND nspname <> 'public'
    UNION ALL
    SELECT format('DROP %s IF EXISTS %s CASCADE',
        CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
        pg_class.oid::regclass)
      FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relowner IN (SELECT oid FROM mine)
        AND relnamespace IN (SELECT oid FROM shared)
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('e', 'i', 'a'))
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
      FROM pg_proc WHERE proowner IN (SELECT oid FROM mine) AND pronamespace IN (SELECT oid FROM shared)
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype IN ('e', 'i'))
    UNION ALL
    SELECT format('DROP TYPE IF EXISTS %s CASCADE', pg_type.oid::regtype)
      FROM pg_type WHERE typtype IN ('e', 'd', 'r') AND typowner IN (SELECT oid FROM mine)
        AND typnamespace IN (SELECT oid FROM shared)
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_type.oid AND deptype IN ('e', 'i'))`);
  return (rows as { sql: string }[]).map(({ sql }) => sql);
}

async function mysqlDrops(database: Database): Promise<string[]> {
  const { rows } = await database.query(`
    SELECT CONCAT('DROP ', IF(table_type LIKE '%VIEW', 'VIEW', 'TABLE'), ' IF EXISTS \`', REPLACE(table_name, '\`', '\`\`'), '\`') AS \`sql\`
      FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type <> 'SEQUENCE'
    UNION ALL
    SELECT CONCAT('DROP ', routine_type, ' IF EXISTS \`', REPLACE(routine_name, '\`', '\`\`'), '\`')
      FROM information_schema.routines WHERE routine_schema = DATABASE()
    UNION ALL
    SELECT CONCAT('DROP EVENT IF EXISTS \`', REPLACE(event_name, '\`', '\`\`'), '\`')
      FROM information_schema.events WHERE event_schema = DATABASE()`);
  // Tables that refer to each other could be dropped in no order.
  const drops = (rows as { sql: string }[]).map(({ sql }) => sql);
  return drops.length === 0 ? [] : ['SET SESSION foreign_key_checks = 0', ...drops];
}
