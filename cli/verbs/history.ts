import { eventLine } from '../event-words';
import { CliError } from '../exit';
import { formatTable } from '../format';
import { readHistory, readRelease } from '../operations';
import { recordRows } from '../records';
import { type CommonOptions, openSession } from '../session';
import { parseRelease, parseWhole, type Verb } from '../verb';

interface Options extends CommonOptions {
  readonly json?: boolean;
  readonly limit: number;
}

/** Releases, or everything that happened in one. */
export const history: Verb = {
  name: 'history',
  summary: 'list releases, or everything that happened in one',
  reads: true,
  define: (command, run) =>
    command
      .argument('[release]', 'release id', parseRelease)
      .option('-n, --limit <number>', 'how many releases, newest first', parseWhole(1, 500), 20)
      .action(
        run(async (world, release: string | undefined, { limit, json, ...options }: Options) => {
          const { cloud, terminal } = await openSession(world, options);
          if (release === undefined) {
            const records = await readHistory(cloud, limit);
            if (json) return terminal.out(JSON.stringify(records, null, 2));
            if (records.length === 0) return terminal.err('nothing has been released here yet');
            for (const line of formatTable(recordRows(records, terminal.now()))) terminal.out(line);
            return;
          }
          const found = await readRelease(cloud, release);
          if (found.record === null) {
            throw new CliError(
              `the ledger knows no release ${release}: "greenroom history" lists those that there are`,
            );
          }
          if (json) return terminal.out(JSON.stringify(found, null, 2));
          for (const line of formatTable(recordRows([found.record], terminal.now()))) terminal.out(line);
          for (const event of found.events) terminal.out(eventLine(event));
        }),
      ),
};
