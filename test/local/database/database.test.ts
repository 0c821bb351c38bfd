import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseServer, Snapshots } from '../../../local/database';
import type { Operation } from '../../../local/cloud/model';

describe('the database', () => {
  let directory: string;
  let server: DatabaseServer;
  const pids: number[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'greenroom-database-'));
    server = await DatabaseServer.start({ directory, onProcess: (pid, running) => running && pids.push(pid) });
    await server.create('notes', 'notes_a', 'secret');
  }, 30_000);
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const snapshots = () =>
    new Snapshots({
      server,
      database: 'notes',
      instanceId: 'notes-production',
      scope: { account: '111122223333', region: 'eu-central-1' },
    });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of two operations
  const call = (from: Snapshots, operation: string, input: object): Promise<any> =>
    (from.model[operation] as Operation)(input, { name: 'operator' });
  const take = (from: Snapshots, id: string) =>
    call(from, 'CreateDBSnapshot', { DBInstanceIdentifier: 'notes-production', DBSnapshotIdentifier: id });
  const status = async (from: Snapshots, id: string) =>
    (await call(from, 'DescribeDBSnapshots', { DBSnapshotIdentifier: id })).DBSnapshots[0].Status;

  test('is a real PostgreSQL, with a user that owns the database', async () => {
    const { rows } = await server.withClient('notes', (client) =>
      client.query(
        'SELECT version() AS version, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
        ['notes'],
      ),
    );

    expect(rows[0]).toMatchObject({ version: expect.stringContaining('PostgreSQL 18'), owner: 'notes_a' });
  });

  test('a snapshot is a copy of all rows, as they were', async () => {
    const from = snapshots();
    await server.withClient('notes', (client) =>
      client.query(`CREATE TABLE things AS SELECT g AS id, 'thing ' || g AS name FROM generate_series(1, 500) g`),
    );

    const { DBSnapshot } = await take(from, 'before-1');
    const atOnce = DBSnapshot.Status;
    await from.close();
    await server.withClient('notes', (client) => client.query('DELETE FROM things'));

    expect(atOnce).toBe('creating');
    expect(await status(from, 'before-1')).toBe('available');
    expect(from.rows('before-1')).toEqual({ 'public.things': 500 });
    const copy = readFileSync(join(await from.folder('before-1'), 'public.things.copy'), 'utf8');
    expect(copy.trimEnd().split('\n')).toHaveLength(500);
    expect(copy).toContain('500\tthing 500');
  });

  test.each([
    ['an id twice', 'twice', 'DBSnapshotAlreadyExists'],
    ['an id that RDS does not take', 'not_valid', 'InvalidParameterValue'],
  ])('%s is refused', async (_what, id, name) => {
    const from = snapshots();
    if (name === 'DBSnapshotAlreadyExists') await take(from, id);

    await expect(take(from, id)).rejects.toMatchObject({ name });
    await from.close();
  });

  test('a snapshot that nobody made is not found', async () => {
    await expect(status(snapshots(), 'nobody')).rejects.toMatchObject({ name: 'DBSnapshotNotFound' });
  });

  test('closing ends the server', async () => {
    const own = mkdtempSync(join(tmpdir(), 'greenroom-database-'));
    const started: number[] = [];
    const other = await DatabaseServer.start({ directory: own, onProcess: (pid, on) => on && started.push(pid) });

    await other.close();
    rmSync(own, { recursive: true });

    expect(started).toHaveLength(1);
    expect(() => process.kill(started[0] as number, 0)).toThrow('ESRCH');
  });
});
