import { InvalidArgumentError } from 'commander';
import type { RestoreRequest, RestoreSource } from '../../lambda/domain/restore';
import { EXIT, type ExitCode, wrongUse } from '../exit';
import { follow } from '../follow';
import { readPlaces } from '../operations';
import { type ChangingOptions, openSession, type World } from '../session';
import { parseReason, parseRelease, parseVersion, parseWhole, type Verb } from '../verb';
import { releaseId } from './release';

interface Options extends ChangingOptions {
  readonly toTime?: string;
  readonly fromInstance?: string;
  readonly release?: string;
  readonly recoveryPoint?: string;
  readonly changelogOf?: string;
  readonly reason: string;
  readonly schemaExemption?: string;
  readonly dryRun?: boolean;
  readonly watch: boolean;
  readonly untilApproval?: boolean;
  readonly interval?: number;
}

const MORE = `
It makes a new database beside the old one, checks it, shuts the edge, gives it
the old one's name, starts all tasks anew and lets viewers in again. The old
instance is kept, shut off. What will be lost is shown, and asked about
(greenroom approve), before anything happens: see it alone with --dry-run.`;

/** Restores an environment's database. */
export const restore: Verb = {
  name: 'restore',
  summary: 'bring the database back to a moment, after approval; prints the restore id first',
  changes: true,
  define: (command, run) =>
    command
      .option('--to-time <time>', 'moment within the point-in-time window, as 2026-11-21T08:59:00Z', parseTime)
      .option('--from-instance <id>', 'with --to-time: what an earlier restore kept, for a moment before that restore')
      .option('--release <id>', "the snapshot before this release's migrations", parseRelease)
      .option('--recovery-point <arn>', 'a recovery point of AWS Backup, of this region or the one copied to')
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .option(
        '--changelog-of <version>',
        'the version whose changelog the data has to fit (default: that of then)',
        parseVersion,
      )
      .option(
        '--schema-exemption <reason>',
        'why the live version can do without its own migrations; recorded',
        parseReason,
      )
      .option('--dry-run', 'say what would be lost, do nothing')
      .option('--no-watch', 'do not follow it')
      .option('--until-approval', 'stop following, with exit code 0, when it waits for approval')
      .option('--interval <seconds>', 'pause between two questions', parseWhole(1, 300))
      .addHelpText('after', MORE)
      .action(run(restoreDatabase)),
};

async function restoreDatabase(world: World, options: Options): Promise<ExitCode> {
  const source = sourceOf(options);
  const session = await openSession(world, options, { blueGreen: 'restore' });
  const { changelogOf, dryRun = false, reason, schemaExemption } = options;
  if (!dryRun) await session.confirm(`Restore the database of ${session.place}, once somebody has approved?`);
  const { restoreMachineArn } = await readPlaces(session.cloud);
  const id = releaseId('restore', session.terminal.now());
  const request: RestoreRequest = {
    source,
    actor: session.by,
    reason,
    ...(dryRun && { dryRun }),
    ...(changelogOf !== undefined && { version: changelogOf }),
    ...(schemaExemption !== undefined && { schemaExemption }),
  };
  const execution = await session.cloud.startRelease(restoreMachineArn as string, id, request);
  session.terminal.out(id);
  return options.watch ? follow(session, id, { ...options, execution }) : EXIT.ok;
}

function sourceOf({ toTime: time, fromInstance: instance, release, recoveryPoint }: Options): RestoreSource {
  if (instance !== undefined && time === undefined) throw wrongUse('--from-instance needs --to-time: the moment');
  const given = Object.entries({ time, release, recoveryPoint }).filter(([, value]) => value !== undefined);
  if (given.length === 1) return { ...Object.fromEntries(given), ...(instance && { instance }) } as RestoreSource;
  throw wrongUse('say what to restore: one of --to-time, --release and --recovery-point');
}

/** Reads a moment with its zone: without one it would be anybody's guess. */
function parseTime(text: string): string {
  const time = Date.parse(text);
  if (/T.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('It is a time with its zone, for example 2026-11-21T08:59:00Z.');
}
