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
    const dying: Database = {
      engine: engineOf(database),
      async query(text, values) {
        if (++queries !== Number(at)) return database.query(text, values);
        if (moment === 'during') {
          database.query(text, values).catch(() => undefined);
          await new Promise((resolve) => setImmediate(resolve)); // the query leaves this process
        }
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => undefined);
      },
    };
    const engine = engineOf(database).name;
    const changelog = readChangelog(readFolder(folder), 'changelog.yaml', { engine });
    await update(dying, changelog, { holder: 'dying', lockPollMs: 20 });
  });
}

main(process.argv.slice(2)).catch(() => {
  process.exitCode = 1; // the changeset that fails on purpose
});
