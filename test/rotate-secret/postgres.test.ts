import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresUsers } from '../../lambda/rotate-secret/postgres';
import { type Credentials, type Role, userPrefix } from '../../lambda/rotate-secret/rotate';
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

/** A database as it is right after its instance was created, and the users to be made in it. */
async function newDatabase() {
  const dbname = `app${++databases}`;
  await server.withClient('postgres', (client) => client.query(`CREATE DATABASE ${dbname} OWNER master`));
  const pair = (role: Exclude<Role, 'administrator'>) => {
    const user = (letter: string, password: string): Credentials => ({
      role,
      username: `${userPrefix(dbname, role)}_${letter}`,
      password,
      host: server.host,
      port: server.port,
      dbname,
    });
    return { a: user('a', "it's a"), b: user('b', 'b') };
  };
  return { application: pair('application'), migrator: pair('migrator'), verifier: pair('verifier') };
}

/** As all three secrets come to be: each rotates once, all at the same time. */
async function newUsers() {
  const { application, migrator, verifier } = await newDatabase();
  await Promise.all([application.a, migrator.a, verifier.a].map((each) => users.prepare(each)));
  return { application: application.a, migrator: migrator.a, verifier: verifier.a };
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

it('lets what one migrator made be changed by the other: it belongs to the owner', async () => {
  const { a, b } = (await newDatabase()).migrator;
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

const SCHEMA = `
  CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text);
  CREATE TABLE old (id serial);
  CREATE VIEW titles AS SELECT title FROM notes;
  CREATE SCHEMA more;
  CREATE TABLE more.tags (name text);`;

const READS = ['SELECT * FROM notes', 'SELECT * FROM titles', 'SELECT * FROM more.tags'];
const WRITES = [
  "INSERT INTO notes (title) VALUES ('new')",
  'INSERT INTO old DEFAULT VALUES',
  "UPDATE notes SET title = 'changed'",
  'DELETE FROM more.tags',
];
const CHANGES = [
  'ALTER TABLE notes ADD COLUMN body text',
  'CREATE TABLE public.own (id int)',
  'DROP TABLE notes',
  'TRUNCATE notes',
  'CREATE ROLE friend',
];

describe.each([
  ['made before the tables', true],
  ['made after the tables', false],
])('with users %s', (_when, usersFirst) => {
  it.each([
    ['application', [...READS, ...WRITES], CHANGES],
    ['verifier', READS, [...WRITES, ...CHANGES]],
  ] as const)('the %s may do what it needs, and nothing more', async (role, allowed, refused) => {
    const all = await newDatabase();
    await users.prepare(all.migrator.a);
    if (usersFirst) await users.prepare(all[role].a);
    await as(all.migrator.a, (client) => client.query(SCHEMA));
    if (!usersFirst) await users.prepare(all[role].a);

    await as(all[role].a, async (client) => {
      for (const sql of allowed) await client.query(sql);
      for (const sql of refused) {
        await expect(client.query(sql).then(() => sql)).rejects.toThrow(/permission denied|must be owner|read-only/);
      }
    });
  });
});

it('cannot be talked into writing by a session that takes its read-only setting back', async () => {
  const { migrator, verifier } = await newUsers();
  await as(migrator, (client) => client.query(SCHEMA));

  await as(verifier, async (client) => {
    await client.query('SET default_transaction_read_only = off');
    await expect(client.query("INSERT INTO notes (title) VALUES ('x')")).rejects.toThrow('permission denied');
  });
});

it('lets nobody but the migrator act as the owner', async () => {
  const { application, verifier } = await newUsers();
  for (const user of [application, verifier]) {
    await as(user, (client) =>
      expect(client.query(`SET ROLE ${user.dbname}_owner`)).rejects.toThrow('permission denied'),
    );
  }
});

it('gives a user that exists the new password, and leaves the other one working', async () => {
  const { a, b } = (await newDatabase()).application;
  await users.prepare(a);
  await users.prepare(b);

  await users.prepare({ ...a, password: 'new' });

  await users.test({ ...a, password: 'new' });
  await users.test(b);
  await expect(users.test(a)).rejects.toThrow('password authentication failed');
});

it('takes no password away from a session that is open, unless the database was just restored', async () => {
  const { a } = (await newDatabase()).application;
  await users.prepare(a);

  await as(a, async () => {
    await expect(users.prepare({ ...a, password: 'new' })).rejects.toThrow(
      `1 sessions of "${a.username}" are open: tasks that started before the last rotation still run. Nothing was changed`,
    );
    await users.test(a);

    await users.prepare({ ...a, password: 'new' }, { whileOpen: true });
    await users.test({ ...a, password: 'new' });
  });
});

it('does the same again when the step is repeated', async () => {
  const { a } = (await newDatabase()).migrator;
  await users.prepare(a);
  await users.prepare(a);
  await users.test(a);
});

it('finds out when a migrator does not act as the owner', async () => {
  const { a } = (await newDatabase()).migrator;
  await users.prepare(a);
  await server.withClient('postgres', (client) => client.query(`ALTER ROLE ${a.username} RESET role`));

  await expect(users.test(a)).rejects.toThrow(`${a.username} acts as "${a.username}", not as "${a.dbname}_owner"`);
});

it("changes the administrator's password by its old one, once", async () => {
  const { a } = (await newDatabase()).application;
  const next: Credentials = { ...a, role: 'administrator', username: MASTER.username, password: "the master's next" };

  await users.prepareAdministrator(next);
  // The answer was lost: the step is repeated, and the old password does not work any more.
  await users.prepareAdministrator(next);

  await users.test(next);
  await new PostgresUsers(async () => next, false).prepareAdministrator({ ...next, password: MASTER.password });
});

it('gives a database that was restored before the last rotation the password of today', async () => {
  const { a } = (await newDatabase()).application;
  const today = { ...MASTER, password: 'of today' };
  const rotated = new PostgresUsers(
    async (stage) => ({ AWSCURRENT: today, AWSPREVIOUS: MASTER, AWSPENDING: undefined })[stage],
    false,
  );

  await rotated.prepare(a);

  await users.test(a);
  await rotated.test({ ...a, role: 'administrator', ...today });
  await new PostgresUsers(async () => today, false).prepareAdministrator({ ...a, role: 'administrator', ...MASTER });
});
