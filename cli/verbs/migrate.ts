import { Argument } from 'commander';
import { wrongUse } from '../exit';
import type * as LocalDatabase from '../migrate/local-database';
import { migrateEnvironment } from '../migrate/environment';
import { type Action, ACTIONS, type MigrateOptions } from '../migrate/options';
import type { World } from '../session';
import { parseReason, parseRelease, parseVersion, parseWhole, type Verb } from '../verb';

const MORE = `
status         what is pending, drifted, unknown; who holds the lock (1)
plan           the verdicts that a release would meet (1)
update         apply what is pending (2)
rollback       take changesets back: --tag, --count or --release (2)
verify         the queries of verify/*.sql must return no row (1)
release-locks  free what a dead migrator left

All take --url, or else work on an environment, where (1) may be given a VERSION
(default: the one that is live), and (2) needs one.

With --url it works on that database, with the changelog in --directory; on an
environment in its network, with the changelog of a published version. What
changes something there is an execution of its migration state machine: it waits
for its turn, and is recorded.`;

/** Reads, applies and takes back changelogs: on a database by its URL, or on an environment. */
export const migrate: Verb = {
  name: 'migrate',
  summary: 'apply, judge or take back the changesets of a changelog',
  changes: true,
  reads: true,
  define: (command, run) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
      .argument('[version]', 'without --url: the version whose changelog is used', parseVersion)
      .option('--url <url>', 'postgres://, mysql:// or mariadb://; the password may be in $GREENROOM_DATABASE_PASSWORD')
      .option('--directory <folder>', 'with --url: folder of the changelog (default: migrations)')
      .option('--changelog-file <name>', 'root changelog in it (default: changelog.yaml)')
      .option('--contexts <names>', 'with --url: contexts, as "dev,test" (default: everything runs)', parseList)
      .option('--labels <expression>', 'with --url: label filter')
      .option('--running <versions>', 'with --url: versions that run, for the verdict of "plan"', parseVersions)
      .option('--dry-run', 'with --url: print the SQL, do nothing')
      .option('--tag <tag>', 'rollback: to this tag')
      .option('--count <number>', 'rollback: so many changesets', parseWhole(1, 10_000))
      .option('--release <id>', "rollback: this release's own changesets", parseRelease)
      .option('--force', "release-locks, without --url: also a lock that is no runner's of the environment")
      .option('--reason <text>', 'without --url: why; recorded', parseReason)
      .option('--freeze-exemption <reason>', 'without --url: let it through a freeze; recorded', parseReason)
      .option('--no-watch', 'without --url: do not follow it')
      .option('--interval <seconds>', 'without --url: pause between two questions', parseWhole(1, 300))
      .addHelpText('after', MORE)
      .action(
        run(async (world: World, action: Action, version: string | undefined, options: MigrateOptions) => {
          if (options.url === undefined) return migrateEnvironment(world, action, version, options);
          for (const name of ['environment', 'region', 'local', 'release', 'reason', 'force'] as const) {
            if (options[name] === undefined) continue;
            if (name !== 'release')
              throw wrongUse(`--${name} is for an environment, --url for one database: leave one out`);
          }
          if (version !== undefined) throw wrongUse('with --url the changelog is the folder, not a published version');
          // Loaded when needed: the drivers and PostgreSQL's parser are large.
          // oxlint-disable-next-line typescript/no-require-imports -- as above
          const { migrateByUrl } = require('../migrate/local-database') as typeof LocalDatabase;
          return migrateByUrl(world, action, options);
        }),
      ),
};

function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function parseVersions(text: string): readonly string[] {
  return parseList(text).map(parseVersion);
}
