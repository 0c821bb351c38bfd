import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { cacheProgram } from '../../local/cache';

/** What the way to the cache does: passes everything on; takes connections and says nothing; dies in the middle of an answer. */
export type Mode = 'passes' | 'hangs' | 'dies';

/** Stands between the application and its cache, and may be bad. */
export class CacheLine {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
    private mode: Mode,
  ) {}

  /** @param target port of a cache. @default - there is none: nothing can pass */
  static async open(mode: Mode, target = 0): Promise<CacheLine> {
    const server = createServer((socket) => line.take(socket));
    const line = new CacheLine(server, target, mode);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on, for connections that are open as well. */
  be(mode: Mode): void {
    this.mode = mode;
    if (mode === 'dies') this.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private take(from: Socket): void {
    const to = this.target === 0 ? undefined : connect(this.target, '127.0.0.1');
    for (const socket of [from, to]) {
      if (!socket) continue;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        from.destroy();
        to?.destroy();
      });
    }
    from.on('data', (bytes) => {
      if (this.mode === 'passes') to?.write(bytes);
      // The beginning of an answer that says it is longer.
      if (this.mode === 'dies') from.write('$1000\r\nhalf', () => from.destroy());
    });
    to?.on('data', (bytes) => this.mode === 'passes' && from.write(bytes));
  }
}

/** Describes tests that need a cache; without one they are skipped by a name that says so, and in CI that is an error. */
export function describeCache(name: string, tests: (program: string) => void): void {
  const program = cacheProgram();
  if (program) return describe(name, () => tests(program));
  if (process.env.GREENROOM_CI === '1') {
    throw new Error('no cache is installed; install one: apt-get install -y valkey-server, or redis-server');
  }
  describe.skip(`${name} (SKIPPED: there is no valkey-server or redis-server here)`, () => tests(''));
}
