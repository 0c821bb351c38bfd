// Applies a folder's changelog and kills itself (SIGKILL) at the query whose number it is given: before it is sent, or while
// the server works on it. Started by crash.ts.
import { withDatabase } from '../../lambda/migrator/connect';
import type { Database } from '../../lambda/migrator/database';
import { engineOf } from '../../lambda/migrator/engine';
import { readFolder } from '../../lambda/migrator/folder';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';

async function main([folder = '', config = '{}', at = '0', moment = 'before']: string[]): Promise<void> {
  await withDatabase(JSON.parse(config), async (database) => {
    let queries = 0;
    // In place, so that the session stays the one that was prepared.
    const query = database.query.bind(database) as Database['query'];
    (database as Database).query = async (text, values) => {
      if (++queries !== Number(at)) return query(text, values);
      if (moment === 'during') {
        query(text, values).catch(() => undefined);
        await new Promise((resolve) => setImmediate(resolve)); // the query leaves this process
      }
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    };
    const engine = engineOf(database).name;
    const changelog = readChangelog(readFolder(folder), 'changelog.yaml', { engine });
    await update(database, changelog, { holder: 'dying', lockPollMs: 20 });
  });
}

main(process.argv.slice(2)).catch(() => {
  process.exitCode = 1; // the changeset that fails on purpose
});
