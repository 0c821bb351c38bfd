import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const given = new Set<number>();

/**
 * A loopback port that is free now, from below Linux's ephemeral range: an outgoing connection can not take it in the
 * moment before a process listens on it. The same port is not given twice while it is in use here.
 */
export async function takePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(12_000, 32_000);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error('no free port between 12000 and 32000 on 127.0.0.1; stop something that listens there');
}

export function returnPort(port: number): void {
  given.delete(port);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
