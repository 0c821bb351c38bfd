import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { returnPort, takePort } from '../fleet/ports';

export interface CacheServerOptions {
  /** @default - a free one */
  readonly port?: number;
  readonly user: string;
  readonly password: string;
  /** Told of the server's process as it starts and ends. */
  readonly onProcess?: (pid: number, running: boolean) => void;
}

/** Both speak the protocol; Debian has the one or the other. */
const PROGRAMS = ['valkey-server', 'redis-server'];

/** The server that this machine has, if any. */
export function cacheProgram(): string | undefined {
  return PROGRAMS.find((program) => spawnSync(program, ['--version']).status === 0);
}

/** A real cache on loopback, in memory alone, which lets in one user. */
export class CacheServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  /** @throws Error when the program does not start */
  static async start(program: string, options: CacheServerOptions): Promise<CacheServer> {
    const { port = await takePort(), user, password } = options;
    const child = spawn(program, ['-'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      'save ""',
      'appendonly no',
      `user ${user} on >${password} ~* &* +@all -@admin -@dangerous +info`,
      'user default off',
    ];
    child.stdin.end(`${lines.join('\n')}\n`);
    if (child.pid !== undefined) options.onProcess?.(child.pid, true);
    child.once('exit', () => child.pid !== undefined && options.onProcess?.(child.pid, false));
    const server = new CacheServer(child, port);
    await server.answers(program);
    return server;
  }

  async close(): Promise<void> {
    returnPort(this.port);
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL'); // what it holds is thrown away anyhow
    await ended;
  }

  private async answers(program: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const socket = connect(this.port, '127.0.0.1');
      const open = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      socket.destroy();
      if (open) return;
      if (this.process.exitCode !== null) break;
      await sleep(10);
    }
    await this.close();
    throw new Error(`${program} does not start on port ${this.port}`);
  }
}
