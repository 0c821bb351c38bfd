import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DatabaseServer, type DatabaseServerOptions } from './server';

const run = promisify(execFile);

/** Where a server's history lies: one base backup, and every segment of its write-ahead log since. */
export interface Archive {
  readonly base: string;
  readonly wal: string;
}

/** The folders of an archive below a folder that the server's user may write to. */
export function archiveIn(folder: string): Archive {
  return { base: join(folder, 'base'), wal: join(folder, 'wal') };
}

/** Settings with which a server keeps every segment of its log. A base backup needs whole pages in it. */
export function archiving({ wal }: Archive): Record<string, string> {
  return {
    wal_level: 'replica',
    full_page_writes: 'on',
    archive_mode: 'on',
    archive_command: `test ! -f ${wal}/%f && cp %p ${wal}/%f`,
  };
}

/**
 * Takes the base backup of a running server, file by file while it works, as PostgreSQL's low-level interface describes:
 * what changes meanwhile is in the log, from which recovery mends the copy.
 */
export async function takeBaseBackup(server: DatabaseServer, { base }: Archive): Promise<void> {
  await server.withClient('postgres', async (client) => {
    await client.query("SELECT pg_backup_start('greenroom', true)");
    await server.asItsUser('cp', ['-a', server.dataDirectory, base]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(true)');
    await rm(join(base, 'postmaster.pid'), { force: true });
    for (const segment of await readdir(join(base, 'pg_wal'))) {
      await rm(join(base, 'pg_wal', segment), { recursive: true, force: true });
    }
    await mkdir(join(base, 'pg_wal', 'archive_status'));
    await writeFile(join(base, 'backup_label'), rows[0]?.labelfile ?? '');
  });
}

/**
 * Sees to it that everything that was committed until now lies in the archive. Recovery to a moment reads until it meets
 * a later commit: one is made.
 */
export async function flushLog(server: DatabaseServer, { wal }: Archive): Promise<void> {
  const segment = await server.withClient('postgres', async (client) => {
    await client.query("SELECT pg_logical_emit_message(true, 'greenroom', 'a moment later')");
    const { rows } = await client.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
    return rows[0]?.name as string;
  });
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (existsSync(join(wal, segment))) return;
    await sleep(50);
  }
  throw new Error(`the log segment ${segment} did not come into the archive ${wal}`);
}

export interface RecoverOptions extends Omit<DatabaseServerOptions, 'fill' | 'settings'> {
  readonly from: Archive;
  /** The data is as it was then. */
  readonly time: Date;
  /** Keeps its own log there from now on. @default - it keeps none */
  readonly to?: Archive;
}

/**
 * Starts a new server with the data of a moment: the base backup, and the log replayed up to that moment.
 *
 * @throws Error with the server's last lines when base backup or log are damaged or end before that moment
 */
export function recoverTo({ from, time, to, ...options }: RecoverOptions): Promise<DatabaseServer> {
  return DatabaseServer.start({
    ...options,
    settings: {
      ...(to && archiving(to)),
      restore_command: `cp ${from.wal}/%f %p`,
      recovery_target_time: time.toISOString().replace('T', ' ').replace('Z', '+00'),
      recovery_target_action: 'promote',
    },
    fill: async (dataDirectory, user) => {
      await run('cp', ['-a', from.base, dataDirectory], { ...user });
      const signal = join(dataDirectory, 'recovery.signal');
      await writeFile(signal, '');
      if (user) await chown(signal, user.uid, user.gid);
    },
  });
}
