import { escapeIdentifier, type Client } from 'pg';
import type { Role } from './rotate';

/** The role that owns database and schema. Nobody signs in as it. */
export function ownerOf(database: string): string {
  return `${database}_owner`;
}

/** The roles that hold the rights; users are members of one. Nobody signs in as them. */
export function groupsOf(database: string): Readonly<Record<Exclude<Role, 'administrator'>, string>> {
  return {
    migrator: ownerOf(database),
    application: `${database}_writers`,
    verifier: `${database}_readers`,
  };
}

/** Rights on what the owner has made, and on what it will make. */
const RIGHTS = {
  application: { tables: 'SELECT, INSERT, UPDATE, DELETE', sequences: 'USAGE, SELECT, UPDATE' },
  verifier: { tables: 'SELECT', sequences: 'SELECT' },
} as const;

/**
 * Makes the owner and the groups, and gives each its rights, also on tables that a later migration makes. It can be
 * called again at any time.
 */
export async function grantRights(client: Client, database: string): Promise<void> {
  const owner = escapeIdentifier(ownerOf(database));
  const groups = groupsOf(database);
  for (const name of Object.values(groups)) await makeGroup(client, name);
  // Since PostgreSQL 16 who makes a role may pass it on, but is not a member of it.
  await client.query(`GRANT ${owner} TO CURRENT_USER`);
  await client.query(`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${owner}`);
  await openPublicSchema(client, database);
  for (const role of ['application', 'verifier'] as const) {
    const group = escapeIdentifier(groups[role]);
    const { tables, sequences } = RIGHTS[role];
    for (const [rights, kind] of [
      [tables, 'TABLES'],
      [sequences, 'SEQUENCES'],
      ['USAGE', 'SCHEMAS'],
    ] as const) {
      await client.query(`ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ${rights} ON ${kind} TO ${group}`);
    }
  }
  await client.query(`SET LOCAL ROLE ${owner}`);
  await grantOnExisting(client, groups);
  await client.query('RESET ROLE');
}

async function makeGroup(client: Client, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  if (!rowCount) await client.query(`CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`);
}

/** Until PostgreSQL 14 the schema "public" belongs to the cluster's first user, not to the database's owner. */
async function openPublicSchema(client: Client, database: string): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>("SELECT has_schema_privilege($1, 'public', 'CREATE') AS may", [
    ownerOf(database),
  ]);
  if (!rows[0]?.may) await client.query(`GRANT CREATE ON SCHEMA public TO ${escapeIdentifier(ownerOf(database))}`);
}

/** Tables of the owner that are there already, for example in a database that was restored or taken over. */
async function grantOnExisting(client: Client, groups: ReturnType<typeof groupsOf>): Promise<void> {
  const { rows } = await client.query<{ schema: string; name: string; kind: string }>(
    `SELECT nspname AS schema, relname AS name, CASE relkind WHEN 'S' THEN 'sequences' ELSE 'tables' END AS kind
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`,
  );
  const schemas = await client.query<{ name: string }>(
    'SELECT nspname AS name FROM pg_namespace WHERE nspowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)',
  );
  for (const role of ['application', 'verifier'] as const) {
    const group = escapeIdentifier(groups[role]);
    for (const { name } of schemas.rows)
      await client.query(`GRANT USAGE ON SCHEMA ${escapeIdentifier(name)} TO ${group}`);
    for (const { schema, name, kind } of rows) {
      const rights = RIGHTS[role][kind as 'tables' | 'sequences'];
      const what = kind === 'sequences' ? 'SEQUENCE' : 'TABLE';
      await client.query(
        `GRANT ${rights} ON ${what} ${escapeIdentifier(schema)}.${escapeIdentifier(name)} TO ${group}`,
      );
    }
  }
}
