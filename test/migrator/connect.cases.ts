import type { ClientConfig } from 'pg';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../../lambda/migrator/connect';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';
import { client, config, postgres, watcher } from './empty-postgres';
import { expectFreeLocks } from './locks';

const changelog = (sql: string) =>
  readChangelog({ 'x.sql': `--liquibase formatted sql\n--changeset a:1\n${sql}` }, 'x.sql');
const run = (to: ClientConfig, sql = 'SELECT 1;') =>
  withDatabase(to, (client) => update(client, changelog(sql), { holder: 'test' }));

describe('one clear error for', () => {
  afterEach(() => expectFreeLocks(watcher));

  it('a wrong password', async () => {
    await expect(run({ ...config, password: 'wrong' })).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(
        /^database "test_1" on 127.0.0.1:\d+ refuses the connection: .*; check user "test_1_owner"/,
      ),
    });
  });

  it('a database that does not exist', async () => {
    await expect(run({ ...config, database: 'none' })).rejects.toMatchObject({ name: 'MigrationFailed' });
  });

  it('a server that cannot be reached', async () => {
    await expect(run({ ...config, port: 1 })).rejects.toMatchObject({ name: 'Transient' });
  });

  it('a privilege that is missing', async () => {
    const other = { ...(await postgres.database()), database: config.database };

    const unseen = run(other);
    await expect(unseen).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(
        /^user "test_2_owner" may use no schema of its search path \(.*public\); grant it: GRANT USAGE/,
      ),
    });
    await client.query('GRANT USAGE ON SCHEMA public TO test_2_owner');
    await expect(run(other)).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(/permission denied for schema public \(42501\); grant it to user "test_2_owner"$/),
    });
    await run(config, 'CREATE TABLE t ();');
    await client.query('GRANT SELECT, INSERT, UPDATE ON databasechangeloglock TO test_2_owner');
    await expect(run(other)).rejects.toThrow(/permission denied for table databasechangelog \(42501\); grant it to/);
  });

  it('a database that may only be read', async () => {
    const replica = { ...config, options: '-c default_transaction_read_only=on' };
    await expect(run(replica)).rejects.toMatchObject({
      name: 'MigrationFailed',
      message: expect.stringMatching(
        /read-only transaction \(25006\); this is a replica, .* name the writer in the secret$/,
      ),
    });
  });

  it('a changelog that claims another one’s identity', async () => {
    await run(config, 'CREATE TABLE first ();');
    await expect(run(config, 'CREATE TABLE second ();')).rejects.toMatchObject({
      name: 'ChangelogDrift',
      message: expect.stringMatching(/^x\.sql:2: x\.sql::1::a was changed after it was run: the database has 9:/),
    });
  });

  it('a connection that breaks in the middle; the next run starts from the same place', async () => {
    const killer = 'SELECT pg_terminate_backend(pg_backend_pid());';
    await expect(run(config, `CREATE TABLE t ();\n${killer}`)).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('the connection broke'),
    });
    expect(await run(config, 'CREATE TABLE t ();')).toMatchObject({ done: true, applied: ['x.sql::1::a'] });
  });
});

describe("the database's secret", () => {
  const SECRET = { host: 'db.example', port: '5432', username: 'u', password: 'p' };

  it('asks for verified TLS unless it says otherwise', () => {
    const { ssl, ...rest } = connectionOf(parseDatabaseSecret(JSON.stringify(SECRET)), 'notes');
    expect(rest).toMatchObject({ host: 'db.example', port: 5432, user: 'u', password: 'p', database: 'notes' });
    expect((ssl as { ca: string[] }).ca[0]).toContain('BEGIN CERTIFICATE');
    expect(ssl).not.toHaveProperty('rejectUnauthorized');
    expect(connectionOf({ ...parseDatabaseSecret(JSON.stringify(SECRET)), sslmode: 'disable' }, 'notes').ssl).toBe(
      false,
    );
  });

  it.each([
    'no JSON with hunter2',
    'null',
    '{"password":"hunter2"}',
    JSON.stringify({ ...SECRET, password: 'hunter2', sslmode: 'prefer' }),
  ])('is refused without telling it: %s', (text) => {
    expect(() => parseDatabaseSecret(text)).toThrow(/secret/);
    expect(() => parseDatabaseSecret(text)).not.toThrow(/hunter2/);
  });
});
