import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { validateDatabase } from '../../../lambda/migrator/validate';
import { DatabaseServer, Snapshots, startRecoverable } from '../../../local/database';
import { type Archive, flushLog, recoverTo, takeBaseBackup } from '../../../local/database/point-in-time';
import type { RecoverableServer } from '../../../local/database/recoverable';
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
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of two operations
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

  test('a recovery point of another region is copied back as what it was, of the moment it was made', async () => {
    const from = snapshots();
    const arn = await from.backUpTo('eu-west-1');
    const copy = (SourceDBSnapshotIdentifier: string) =>
      from.model.CopyDBSnapshot?.({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier: 'here' }, {} as never);
    const find = async (DBSnapshotIdentifier: string) => {
      const answer = await from.model.DescribeDBSnapshots?.({ DBSnapshotIdentifier }, {} as never);
      return (answer as { DBSnapshots: { Status: string; SnapshotCreateTime: Date }[] }).DBSnapshots[0];
    };

    await copy(arn);

    expect(arn).toMatch(/^arn:aws:rds:eu-west-1:\d{12}:snapshot:awsbackup:copyjob-\d+$/);
    expect(await find('here')).toMatchObject({
      Status: 'available',
      SnapshotCreateTime: (await find(arn))?.SnapshotCreateTime,
    });
    await expect(copy(`${arn}0`)).rejects.toMatchObject({ name: 'DBSnapshotNotFound' });
    await expect(copy(arn)).rejects.toMatchObject({ name: 'DBSnapshotAlreadyExists' });
  });

  describe('with its log kept', () => {
    let folder: string;
    let opened: RecoverableServer;
    let archive: Archive;
    let time: Date;
    let path: string;
    const servers: DatabaseServer[] = [];
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'greenroom-recoverable-'));
      opened = await startRecoverable({ directory: folder });
      ({ archive } = opened);
      const query = (sql: string) => opened.server.withClient('postgres', (client) => client.query(sql));
      await query(`CREATE TABLE kept AS SELECT g AS id, repeat('x', 100) AS name FROM generate_series(1, 5000) g`);
      path = (await query("SELECT pg_relation_filepath('kept') AS path")).rows[0].path;
      await takeBaseBackup(opened.server, archive);
      await query(`CREATE TABLE things AS SELECT g AS id, repeat('x', 100) AS name FROM generate_series(1, 5000) g`);
      time = new Date();
      await sleep(20);
      await query('UPDATE things SET name = NULL');
      await flushLog(opened.server, archive);
    }, 60_000);
    afterAll(async () => {
      for (const each of servers) await each.close();
      await opened.close();
      rmSync(folder, { recursive: true });
    });

    async function recovered(change: Partial<{ from: Archive; time: Date }> = {}): Promise<DatabaseServer> {
      const to = mkdtempSync(join(folder, 'restored-'));
      const back = await recoverTo({ from: archive, time, directory: to, ...change });
      servers.push(back);
      return back;
    }
    const validate = (of: DatabaseServer) =>
      of.withClient('postgres', (client) => validateDatabase(client, { contexts: [] }));

    test('any moment since can be gone back to, and is sound', async () => {
      const back = await recovered();

      const { rows } = await back.withClient('postgres', (client) =>
        client.query('SELECT count(*)::int AS kept FROM things WHERE name IS NOT NULL'),
      );
      expect(rows).toEqual([{ kept: 5000 }]);
      expect(await validate(back)).toMatchObject({
        findings: [],
        rows: { 'public.kept': 5000, 'public.things': 5000 },
      });
    });

    test('a backup with a damaged page is found by the validation', async () => {
      const file = join(archive.base, path);
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 3 * 8192 + 4000, 3 * 8192 + 4600);
      writeFileSync(file, bytes);

      const { findings } = await validate(await recovered());
      const message = expect.stringContaining('public.kept cannot be read to its end: invalid page');
      expect(findings).toEqual([{ check: 'table', message }]);
    });

    test('a log that ends too early is no backup of that moment', async () => {
      const short = { ...archive, wal: mkdtempSync(join(folder, 'wal-')) };

      await expect(recovered({ from: short })).rejects.toThrow('PostgreSQL did not start');
    });
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
