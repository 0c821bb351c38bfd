import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { returnPort, takePort } from '../fleet/ports';
import { type Binaries, findBinaries, othersMayEnter, type User, unprivilegedUser } from './binaries';
import { emptyDataFolder } from './template';

export interface DatabaseServerOptions {
  /** An existing folder for everything that the server writes; the caller removes it after `close`. */
  readonly directory: string;
  /** Settings beside the standard ones. @default {} */
  readonly settings?: Readonly<Record<string, string>>;
  /** Fills the data folder, for example from a backup, as the user that the server runs as. @default - an empty database */
  readonly fill?: (dataDirectory: string, user: User | undefined) => Promise<void>;
  /** Told of the server's process as it starts and ends. */
  readonly onProcess?: (pid: number, running: boolean) => void;
}

const HOST = '127.0.0.1';
const ADMIN = 'greenroom_admin';
const PASSWORD = 'local';

/** A real PostgreSQL on a free loopback port, with its data in a folder. */
export class DatabaseServer {
  private process: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private lastLines: string[] = [];

  private constructor(
    private readonly options: DatabaseServerOptions,
    readonly port: number,
    private readonly user: User | undefined,
  ) {}

  /** @throws Error with the server's last lines when it does not start. */
  static async start(options: DatabaseServerOptions): Promise<DatabaseServer> {
    const user = unprivilegedUser();
    const { directory } = options;
    if (user) await chown(directory, user.uid, user.gid);
    // Root's temporary folders are closed to the user that the server runs as.
    if (user) await chmod(directory, 0o755);
    if (user && !(await othersMayEnter(directory))) {
      throw new Error(
        `PostgreSQL does not run as root, and another user cannot enter ${directory}; set TMPDIR to an open folder`,
      );
    }
    const binaries = await findBinaries(user, join(directory, 'native'));
    const server = new DatabaseServer(options, await takePort(), user);
    if (options.fill) await options.fill(server.dataDirectory, user);
    else await server.initialise(binaries);
    await server.launch(binaries.postgres);
    return server;
  }

  /** Settings for the pg driver, as the administrator. */
  connection(database = 'postgres'): ClientConfig {
    return { host: HOST, port: this.port, user: ADMIN, password: PASSWORD, database, ssl: false };
  }

  get host(): string {
    return HOST;
  }

  /** Creates a database and the user that owns it. */
  async create(database: string, user: string, password: string): Promise<void> {
    await this.withClient('postgres', async (client) => {
      await client.query(
        `CREATE ROLE ${client.escapeIdentifier(user)} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
      );
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${client.escapeIdentifier(user)}`);
    });
  }

  /** Creates a database that is the administrator's. */
  async createDatabase(database: string): Promise<void> {
    await this.withClient('postgres', (client) => client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`));
  }

  /** A folder that the server's user may write to. */
  async writableFolder(...names: string[]): Promise<string> {
    let folder = this.options.directory;
    for (const name of names) {
      folder = join(folder, name);
      await mkdir(folder, { recursive: true });
      if (this.user) await chown(folder, this.user.uid, this.user.gid);
    }
    return folder;
  }

  /** Runs a program as the user that the server runs as. */
  async asItsUser(program: string, args: readonly string[]): Promise<void> {
    await promisify(execFile)(program, args, { ...this.user });
  }

  async withClient<T>(database: string, use: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(this.connection(database));
    // A server that is being closed cuts its connections: that is no reason to end the program.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Immediate shutdown: what it holds is thrown away anyhow. */
  async close(): Promise<void> {
    this.process?.kill('SIGQUIT');
    const timer = setTimeout(() => this.process?.kill('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(timer);
    returnPort(this.port);
  }

  get dataDirectory(): string {
    return join(this.options.directory, 'data');
  }

  private async initialise({ initdb, version }: Binaries): Promise<void> {
    const args = [
      `--username=${ADMIN}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--wal-segsize=1',
      '--no-instructions',
    ];
    const ingredients = [version, args, PASSWORD, this.user ?? process.getuid?.()];
    await emptyDataFolder(this.dataDirectory, ingredients, async () => {
      const passwordFile = join(this.options.directory, 'password');
      await writeFile(passwordFile, `${PASSWORD}\n`);
      if (this.user) await chown(passwordFile, this.user.uid, this.user.gid);
      const where = [`--pgdata=${this.dataDirectory}`, `--pwfile=${passwordFile}`];
      const options = { ...this.user, cwd: this.options.directory, env: environment() };
      await promisify(execFile)(initdb, [...where, ...args], options);
    });
  }

  private async launch(postgres: string): Promise<void> {
    const settings = {
      listen_addresses: HOST,
      port: String(this.port),
      unix_socket_directories: '',
      max_connections: '120',
      shared_buffers: '64MB',
      // The data lives as long as the run: nothing is gained by waiting for the disk.
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      // In the data folder, and gone with it: a server that is killed leaves what it has in /dev/shm.
      dynamic_shared_memory_type: 'mmap',
      ...this.options.settings,
    };
    const args = ['-D', this.dataDirectory, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])];
    const child = spawn(postgres, args, {
      ...this.user,
      cwd: this.options.directory,
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.process = child;
    const { pid } = child;
    if (pid !== undefined) this.options.onProcess?.(pid, true);
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    void this.ended.then(() => {
      this.process = undefined;
      if (pid !== undefined) this.options.onProcess?.(pid, false);
    });
    const ready = new Promise<true>((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.lastLines = [...this.lastLines, line].slice(-5);
        if (line.includes('database system is ready to accept connections')) resolve(true);
      });
    });
    const started = await Promise.race([ready, this.ended]);
    if (!started) throw new Error(`PostgreSQL did not start: ${this.lastLines.join(' | ')}`);
  }
}

/** English messages, since one of them says that the server is ready; and nothing of the caller's PG* variables. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}
