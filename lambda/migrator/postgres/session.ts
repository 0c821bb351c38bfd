import { ReleaseError } from '../../domain/errors';
import type { Database } from '../database';

/** A session ends by itself when its runner has died, so that its locks do not outlive it. */
const SETTINGS = {
  client_connection_check_interval: '5s',
  idle_in_transaction_session_timeout: '60s',
  // Also where nothing else limits the wait: our own rows must not keep a changeset's locks for long.
  lock_timeout: '5s',
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
} as const;

/** What a session was when it began: the statements that make it so again, and the schema of our tables. */
interface Session {
  readonly settings?: string;
  readonly schema?: string;
}

const SESSIONS = new WeakMap<Database, Session>();

/** Prepares a session. Settings that this server does not know are left out. */
export async function prepareSession(database: Database): Promise<void> {
  const { rows } = await database.query(
    'SELECT wanted.name AS name, set_config(wanted.name, wanted.value, false) AS value FROM pg_settings JOIN unnest($1::text[], $2::text[]) AS wanted(name, value) USING (name)',
    [Object.keys(SETTINGS), Object.values(SETTINGS)],
  );
  const settings = (rows as { name: string; value: string }[]).map(({ name, value }) => `; SET ${name} = '${value}'`);
  SESSIONS.set(database, { ...SESSIONS.get(database), settings: settings.join('') });
}

/** Takes back whatever a changeset set: settings, search path, role. */
export async function resetSession(database: Database): Promise<void> {
  await database.query(`RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL${SESSIONS.get(database)?.settings ?? ''}`);
}

/**
 * Remembers the schema that the session works in: a changeset may set another search path, and our tables are still there.
 *
 * @throws ReleaseError MigrationFailed when there is none
 */
export async function rememberSchema(database: Database): Promise<void> {
  const { rows } = await database.query(
    "SELECT current_schema() AS schema, current_user AS user, current_setting('search_path') AS path",
  );
  const { schema, user, path } = rows[0] as { schema: string | null; user: string; path: string };
  if (schema === null) {
    throw new ReleaseError(
      'MigrationFailed',
      `user "${user}" may use no schema of its search path (${path}); grant it: GRANT USAGE, CREATE ON SCHEMA … TO "${user}"`,
    );
  }
  SESSIONS.set(database, { ...SESSIONS.get(database), schema });
}

/** A table of ours with the schema that the session began in. */
export function ownTable(database: Database, name: string): string {
  const schema = SESSIONS.get(database)?.schema;
  return schema === undefined ? name : `"${schema.replaceAll('"', '""')}".${name.toLowerCase()}`;
}
