import { createServer } from 'node:net';

/** Where everything of the local mode listens. */
export const HOST = '127.0.0.1';

/**
 * Finds out at once what listening would find out later.
 *
 * @param option by which somebody chose the port
 * @throws Error in one line when it cannot be used
 */
export async function requireFreePort(port: number, option: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainPort(error, port, option)));
    server.listen(port, HOST, () => server.close(() => resolve()));
  });
}

/** What to do about a port that cannot be listened on; any other error is left as it is. */
export function explainPort(error: NodeJS.ErrnoException, port: number | undefined, option: string): Error {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return error;
  const mend = `choose another with ${option}, or leave it out to get a free one`;
  return new Error(`port ${port} on ${HOST} cannot be used (${error.code}); ${mend}`);
}
