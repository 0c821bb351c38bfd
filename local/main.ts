import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { isVersion } from '../lambda/domain/request';
import { BROKEN } from './broken';
import { requireFreePort } from './edge/fixed-port';
import { readVersions } from './images';
import type { PlayOptions } from './options';

/** How `npm start` ends. */
const EXIT = {
  /** Something does not hold that should. */
  wrong: 1,
  /** The command line is wrong, or the machine is not ready for it. */
  usage: 2,
  interrupted: 130,
} as const;

/** A person needs time to look; nobody waits for an unattended run longer than necessary. */
const SPEED = { watched: 60, unattended: 150 } as const;

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

function versionTag(text: string): string {
  if (!isVersion(text)) throw new InvalidArgumentError('Give a tag like v1.1.0.');
  const known = Object.keys(readVersions());
  if (known.includes(text)) return text;
  throw new InvalidArgumentError(`The sample application has ${known.join(' and ')}.`);
}

const program = new Command('npm start --')
  .description('Plays a release on this machine: the synthesised workflow over real processes, with load on them.')
  .option('--yes', 'ask nothing: approve, revert and end by itself')
  .addOption(new Option('--broken <part>', 'release a broken version, to see recovery').choices(BROKEN))
  .option('--environment <name>', 'environment of greenroom.config.ts, blue/green', 'production')
  .option('--port <number>', 'port of the edge on 127.0.0.1 (default: a free one)', wholeNumber(1, 65_535))
  .option('--console-port <number>', 'port of the console on 127.0.0.1 (default: a free one)', wholeNumber(1, 65_535))
  .option(
    '--speed <factor>',
    `waiting times of the workflow are divided by it (default: ${SPEED.watched}, with --yes ${SPEED.unattended})`,
    wholeNumber(1, 3_600),
  )
  .option('--rate <requests>', 'requests per second to aim at', wholeNumber(1, 5_000), 500)
  .option('--version-tag <tag>', 'version to release over v1.0.0', versionTag, 'v1.1.0')
  .option('--seed <number>', 'seed of everything that is random', wholeNumber(0, 2 ** 31), 1)
  .option('--verbose', 'also show what functions log and what every task does')
  .addHelpText(
    'after',
    '\nExit codes: 0 everything held; 1 something did not; 2 wrong command line; 3 the\nrelease ended without being released (broken, or rejected) and was recovered as\nit should.',
  )
  .helpOption('-h, --help', 'show this help')
  .allowExcessArguments(false)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'npm start: ')) });

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    throw error;
  }
  const given = program.opts<Omit<PlayOptions, 'yes' | 'verbose' | 'speed'> & Partial<PlayOptions>>();
  const speed = SPEED[given.yes ? 'unattended' : 'watched'];
  const options: PlayOptions = { yes: false, verbose: false, speed, ...given };
  if (!options.yes && !process.stdin.isTTY) {
    console.error('npm start: it asks for an approval, and this is no terminal; add --yes (npm start -- --yes)');
    return EXIT.usage;
  }
  try {
    if (options.port !== undefined) await requireFreePort(options.port, '--port');
    if (options.consolePort !== undefined) await requireFreePort(options.consolePort, '--console-port');
  } catch (error) {
    console.error(`npm start: ${(error as Error).message}`);
    return EXIT.wrong;
  }
  const stop = new AbortController();
  // Ctrl-C reaches this process from the terminal and again from npm: once is enough.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      if (!stop.signal.aborted) console.error(`npm start: ${error instanceof Error ? error.stack : String(error)}`);
      stop.abort(event);
    });
  }
  // `npm start -- --yes | head`: nobody reads on. The same on a terminal that was closed.
  process.stdout.on('error', () => stop.abort('SIGPIPE'));
  process.stderr.on('error', () => undefined);
  // Loaded only now: a wrong command line is answered at once.
  const { play } = await import('./play.js');
  const code = await play(options, stop.signal);
  if (!stop.signal.aborted) return code;
  return String(stop.signal.reason).startsWith('SIG') ? EXIT.interrupted : EXIT.wrong;
}

void main().then((code) => process.exit(code));
