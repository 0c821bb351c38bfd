import { statisticsOf } from '../../lambda/domain/statistics';
import { eventLine } from '../event-words';
import { CliError, wrongUse } from '../exit';
import { readHistory, readRelease } from '../operations';
import { recordedReleases } from '../record/releases';
import { recordLines } from '../records';
import { type CommonOptions, openSession } from '../session';
import { statisticsLines } from '../statistics';
import { parseRelease, parseWhole, type Verb } from '../verb';

interface Options extends CommonOptions {
  readonly json?: boolean;
  readonly limit: number;
  readonly stats?: boolean;
  readonly fromRecord?: string;
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
      .option('--stats', 'figures of them instead: times, waiting, failures, time to be back')
      .option('--from-record <folder>', 'read the record branch of this clone instead of the ledger, without AWS')
      .action(
        run(async (world, release: string | undefined, { limit, json, stats, fromRecord, ...options }: Options) => {
          if (release !== undefined && (stats || fromRecord !== undefined)) {
            throw wrongUse('--stats and --from-record are about many releases: leave the release id out');
          }
          const { cloud, terminal, environment } = await openSession(world, options);
          if (release === undefined) {
            const records =
              fromRecord === undefined
                ? await readHistory(cloud, limit)
                : (await recordedReleases(fromRecord, environment.name)).slice(0, limit);
            if (stats) {
              const figures = statisticsOf(records);
              if (json) return terminal.out(JSON.stringify(figures, null, 2));
              for (const line of statisticsLines(figures)) terminal.out(line);
              return;
            }
            if (json) return terminal.out(JSON.stringify(records, null, 2));
            if (records.length === 0) return terminal.err('nothing has been released here yet');
            for (const line of recordLines(records, terminal)) terminal.out(line);
            return;
          }
          const found = await readRelease(cloud, release);
          if (found.record === null) {
            throw new CliError(
              `the ledger knows no release ${release}: "greenroom history" lists those that there are`,
            );
          }
          if (json) return terminal.out(JSON.stringify(found, null, 2));
          for (const line of recordLines([found.record], terminal)) terminal.out(line);
          for (const event of found.events) terminal.out(eventLine(event));
        }),
      ),
};
