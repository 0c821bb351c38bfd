// Applies a folder's changelog and kills itself (SIGKILL) at the query whose number it is given: before it is sent, or while
// the server works on it. Started by crash.ts.
import { Client } from 'pg';
import type { Database } from '../../lambda/migrator/database';
import { readFolder } from '../../lambda/migrator/folder';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';

async function main([folder = '', config = '{}', at = '0', moment = 'before']: string[]): Promise<void> {
  const client = new Client(JSON.parse(config));
  await client.connect();
  let queries = 0;
  const dying: Database = {
    async query(text, values) {
      if (++queries !== Number(at)) return client.query(text, values as unknown[]);
      if (moment === 'during') {
        client.query(text, values as unknown[]).catch(() => undefined);
        await new Promise((resolve) => setImmediate(resolve)); // the query leaves this process
      }
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  };
  try {
    await update(dying, readChangelog(readFolder(folder), 'changelog.yaml'), { holder: 'dying', lockPollMs: 20 });
  } finally {
    await client.end();
  }
}

main(process.argv.slice(2)).catch(() => {
  process.exitCode = 1; // the changeset that fails on purpose
});
