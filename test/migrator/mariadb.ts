import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MysqlDatabase } from '../../lambda/migrator/mysql/connection';
import { emptyDataFolder } from '../../local/database/template';

/** Where to connect to, as the migrator takes it. */
export interface MariaDbConfig {
  readonly engine: 'mariadb';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: false;
}

/** A real MariaDB for tests, from the Debian package `mariadb-server`, with a fresh database for whoever asks. */
export class TestMariaDb {
  private readonly connections: MysqlDatabase[] = [];
  private databases = 0;
  /** One for all that is asked as root: a connection each would cost more than the questions. */
  private root: Promise<MysqlDatabase> | undefined;

  private constructor(
    private readonly server: ChildProcess,
    private readonly port: number,
    private readonly directory: string,
  ) {}

  /** Whether there is a server on this machine; in CI its absence is an error. */
  static isInstalled(): boolean {
    const found = spawnSync('mariadbd', ['--version']).status === 0;
    if (!found && process.env.GREENROOM_CI === '1') {
      throw new Error('mariadbd is missing; install it: apt-get install -y mariadb-server');
    }
    return found;
  }

  /** @param options - with `tls` it has a certificate for the name `localhost`, by a CA of its own ({@link ca}) */
  static async start({ tls = false } = {}): Promise<TestMariaDb> {
    const directory = await mkdtemp(join(tmpdir(), 'greenroom-mariadb-'));
    const certificates = tls ? makeCertificates(directory) : [];
    const data = join(directory, 'data');
    const user = userInfo().username;
    const settings = [
      '--no-defaults',
      `--user=${user}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=4M',
      '--innodb-flush-log-at-trx-commit=0',
      '--debug-no-sync',
    ];
    const version = execFileSync('mariadbd', ['--version'], { encoding: 'utf8' });
    await emptyDataFolder(data, ['mariadb', version, settings], () =>
      promisify(execFile)('mariadb-install-db', [...settings, `--datadir=${data}`]).then(() => undefined),
    );
    const port = await freePort();
    const server = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--user=${user}`,
        `--datadir=${data}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        `--socket=${join(directory, 'socket')}`,
        `--pid-file=${join(directory, 'pid')}`,
        '--skip-name-resolve',
        '--character-set-server=utf8mb4',
        // The data lives as long as the run: nothing is gained by waiting for the disk.
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-fast-shutdown=2',
        '--innodb-log-file-size=4M',
        '--innodb-buffer-pool-size=32M',
        '--debug-no-sync',
        '--skip-innodb-doublewrite',
        '--performance-schema=OFF',
        ...certificates,
      ],
      { stdio: 'ignore' },
    );
    const mariadb = new TestMariaDb(server, port, directory);
    await mariadb.answers();
    return mariadb;
  }

  /** An empty database: what to connect with. */
  async database(): Promise<MariaDbConfig> {
    const name = `test_${++this.databases}`;
    const admin = await this.admin();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE USER ${name}_owner IDENTIFIED BY 'secret'`);
    await admin.query(`GRANT ALL ON ${name}.* TO ${name}_owner`);
    const { port } = this;
    const user = `${name}_owner`;
    return { engine: 'mariadb', host: '127.0.0.1', port, user, password: 'secret', database: name, ssl: false };
  }

  /** The certificate of the CA that a server with TLS has. */
  get ca(): string {
    return readFileSync(join(this.directory, 'ca.pem'), 'utf8');
  }

  /** Another user, with the password `secret`, who may do what is granted. */
  async user(name: string, grant: string): Promise<void> {
    const admin = await this.admin();
    await admin.query(`CREATE USER ${name} IDENTIFIED BY 'secret'`);
    await admin.query(`GRANT ${grant} TO ${name}`);
  }

  /** A connection that `close` ends. */
  async connect({ engine: _, ssl: __, ...config }: MariaDbConfig): Promise<MysqlDatabase> {
    const connection = await MysqlDatabase.open(config);
    this.connections.push(connection);
    return connection;
  }

  /** Empties a database through a connection of its own. */
  async reset({ database }: MariaDbConfig): Promise<void> {
    const admin = await this.admin();
    await admin.query(`DROP DATABASE IF EXISTS ${database}`);
    await admin.query(`CREATE DATABASE ${database}`);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    if (this.server.exitCode === null) {
      this.server.kill('SIGKILL'); // what it holds is thrown away anyhow
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  private admin(): Promise<MysqlDatabase> {
    return (this.root ??= this.openRoot());
  }

  private async openRoot(): Promise<MysqlDatabase> {
    const root = await MysqlDatabase.open({ host: '127.0.0.1', port: this.port, user: 'root', database: 'mysql' });
    await root.query('SET SESSION wait_timeout = 28800'); // a bench may have nothing to ask for long
    this.connections.push(root);
    return root;
  }

  private async answers(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.admin();
        return;
      } catch (error) {
        this.root = undefined;
        if (tries > 300 || this.server.exitCode !== null) {
          await this.close();
          throw new Error('mariadbd does not start', { cause: error });
        }
        await sleep(50);
      }
    }
  }
}

/** A CA and a server's certificate; returns the server's options. */
function makeCertificates(directory: string): string[] {
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Test CA');
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=DNS:localhost'];
  openssl('req', '-x509', ...key, ...signed, '-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=db');
  return [`--ssl-ca=${at('ca.pem')}`, `--ssl-cert=${at('cert.pem')}`, `--ssl-key=${at('key.pem')}`];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Describes tests that need a MariaDB server; without one they are skipped by a name that says so. */
export function describeMariaDb(name: string, tests: () => void): void {
  if (TestMariaDb.isInstalled()) describe(name, tests);
  else describe.skip(`${name} (SKIPPED: there is no mariadbd here)`, tests);
}
