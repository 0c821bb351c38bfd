import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresUsers } from '../../lambda/rotate-secret/postgres';
import type { Credentials } from '../../lambda/rotate-secret/rotate';
import { DatabaseServer } from '../../local/database/server';

/** As RDS makes it: no superuser, but may create roles and databases. */
const MASTER = { username: 'master', password: 'master-password' };

const directory = mkdtempSync(join(tmpdir(), 'greenroom-rotate-'));
let server: DatabaseServer;
let databases = 0;

beforeAll(async () => {
  server = await DatabaseServer.start({ directory });
  await server.withClient('postgres', (client) =>
    client.query(`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD '${MASTER.password}'`),
  );
}, 60_000);

afterAll(async () => {
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

const users = new PostgresUsers(async () => MASTER, false);

/** A database as it is right after its instance was created, and the application's two users. */
async function newDatabase() {
  const dbname = `app${++databases}`;
  await server.withClient('postgres', (client) => client.query(`CREATE DATABASE ${dbname} OWNER master`));
  const user = (letter: string, password: string): Credentials => ({
    username: `${dbname}_${letter}`,
    password,
    host: server.host,
    port: server.port,
    dbname,
  });
  return { a: user('a', "it's a"), b: user('b', 'b') };
}

async function as<T>({ host, port, username, password, dbname }: Credentials, work: (client: Client) => Promise<T>) {
  const client = new Client({ host, port, user: username, password, database: dbname });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

it('makes both users, each of which may change what the other made', async () => {
  const { a, b } = await newDatabase();
  await users.prepare(a);
  await users.prepare(b);

  await as(a, (client) => client.query('CREATE TABLE notes (id int)'));
  await as(b, (client) => client.query('ALTER TABLE notes ADD COLUMN title text'));
  const { rows } = await as(a, (client) =>
    client.query('SELECT tableowner FROM pg_tables WHERE tablename = $1', ['notes']),
  );

  expect(rows).toEqual([{ tableowner: `${a.dbname}_owner` }]);
  await users.test(a);
  await users.test(b);
});

it('gives a user that exists the new password, and leaves the other one working', async () => {
  const { a, b } = await newDatabase();
  await users.prepare(a);
  await users.prepare(b);

  await users.prepare({ ...a, password: 'new' });

  await users.test({ ...a, password: 'new' });
  await users.test(b);
  await expect(users.test(a)).rejects.toThrow('password authentication failed');
});

it('takes no password away from a session that is open', async () => {
  const { a } = await newDatabase();
  await users.prepare(a);

  await as(a, async () => {
    await expect(users.prepare({ ...a, password: 'new' })).rejects.toThrow(
      `1 sessions of "${a.username}" are open: tasks that started before the last rotation still run. Nothing was changed`,
    );
  });

  await users.test(a);
});

it('does the same again when the step is repeated', async () => {
  const { a } = await newDatabase();
  await users.prepare(a);
  await users.prepare(a);
  await users.test(a);
});

it('finds out when a user does not act as the owner', async () => {
  const { a } = await newDatabase();
  await users.prepare(a);
  await server.withClient('postgres', (client) => client.query(`ALTER ROLE ${a.username} RESET role`));

  await expect(users.test(a)).rejects.toThrow(`${a.username} acts as "${a.username}", not as "${a.dbname}_owner"`);
});
