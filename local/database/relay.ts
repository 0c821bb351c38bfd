import { createServer, type Server, type Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';

/** An address that stays while what stands behind it changes, as the endpoint of an RDS instance does with its name. */
export class Relay {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private target: number | undefined,
  ) {}

  static async open(host: string): Promise<Relay> {
    const server = createServer((from) => relay.pass(from, host));
    const relay = new Relay(server, undefined);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Leads elsewhere, or nowhere, from now on. Connections break, as they do when an instance is renamed. */
  lead(target: number | undefined): void {
    this.target = target;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.lead(undefined);
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(from: Socket, host: string): void {
    if (this.target === undefined) return void from.destroy();
    const to = connect(this.target, host);
    for (const socket of [from, to]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        from.destroy();
        to.destroy();
      });
    }
    from.pipe(to).pipe(from);
  }
}
