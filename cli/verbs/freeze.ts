import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../lib/config/duration';
import { wrongUse } from '../exit';
import { formatTime } from '../format';
import { type ChangingOptions, openSession, type World } from '../session';
import { parseReason, parseVersion, type Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly reason: string;
  readonly until?: Date;
  /** Seconds. */
  readonly for?: number;
  /** Lets one version through, instead of beginning a freeze. */
  readonly exempt?: string;
}

/** Keeps new releases out for a while; a revert goes through. */
export const freeze: Verb = {
  name: 'freeze',
  summary: 'keep new releases out for a while; reverts go through',
  changes: true,
  define: (command, run) =>
    command
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .option('--until <time>', 'end, ISO 8601 with zone, for example 2026-12-27T08:00:00Z', parseTime)
      .option('--for <duration>', 'length, for example 90m, 12h, 3d', parseSpan)
      .option('--exempt <version>', 'let this version through freezes instead; default: for a day', parseVersion)
      .action(
        run(async (world: World, options: Options) => {
          if (options.exempt !== undefined) return exemptVersion(world, options.exempt, options);
          const until = endOf(options, world.terminal.now());
          const session = await openSession(world, options);
          const { terminal } = session;
          await session.confirm(`Freeze ${session.place} until ${formatTime(until)}?`);
          await session.act('operate', { action: 'freeze', reason: options.reason, until });
          terminal.out(`${session.place} is frozen until ${formatTime(until)}`);
        }),
      ),
};

async function exemptVersion(world: World, version: string, options: Options): Promise<void> {
  const { reason, until: at, for: span } = options;
  const until = at === undefined && span === undefined ? undefined : endOf(options, world.terminal.now());
  const session = await openSession(world, options);
  await session.confirm(`Let ${version} of ${session.place} through freezes?`);
  await session.act('operate', { action: 'exempt', version, reason, ...(until !== undefined && { until }) });
  session.terminal.out(
    `${version} is let through freezes of ${session.place}${until === undefined ? ' for a day' : ` until ${formatTime(until)}`}`,
  );
}

function endOf({ until, for: seconds }: Options, now: number): string {
  if ((until === undefined) === (seconds === undefined)) throw wrongUse('say how long: either --until or --for');
  const end = until ?? new Date(now + (seconds as number) * 1000);
  if (end.getTime() > now) return end.toISOString();
  throw wrongUse(`--until ${end.toISOString()} is past: a freeze ends in the future`);
}

/** A time without zone would mean another moment on another machine. */
function parseTime(text: string): Date {
  const time = new Date(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('It is a time with zone, for example 2026-12-27T08:00:00Z.');
}

function parseSpan(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a whole number and s, m, h or d, for example 90m.');
}
