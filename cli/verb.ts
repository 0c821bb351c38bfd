import { Command, InvalidArgumentError, Option } from 'commander';
import { isVersion } from '../lambda/domain/request';
import { EXIT, type ExitCode } from './exit';
import type { World } from './session';

/** A verb of the command line: one file each under `cli/verbs`. */
export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** Asks before it acts, unless `--yes`. */
  readonly changes?: true;
  /** Has `--json`. */
  readonly reads?: true;
  /** Adds arguments, own options and what runs. */
  define(command: Command, run: Run): Command;
}

/** Wraps a verb's action: what it returns becomes the exit code. */
export type Run = <Args extends unknown[]>(
  action: (world: World, ...args: Args) => Promise<ExitCode | void>,
) => (...args: Args) => Promise<void>;

/** The verb as a command with the options that all verbs of its kind have. */
export function commandOf(verb: Verb, world: World, end: (code: ExitCode) => void): Command {
  const command = new Command(verb.name).description(verb.summary);
  verb.define(
    command,
    (action) =>
      async (...args) =>
        end((await action(world, ...args)) ?? EXIT.ok),
  );
  if (verb.reads) command.option('--json', 'print JSON');
  command.option('-e, --environment <name>', 'environment; needed when the configuration has several blue/green ones');
  command.addOption(
    new Option('--region <region>', "AWS region (default: the environment's, AWS_REGION, the profile's)"),
  );
  command.addOption(new Option('--local', 'work on the local mode that "npm start" runs').conflicts('region'));
  if (verb.changes) {
    command.option('--by <name>', "who is recorded as asking (default: $GITHUB_ACTOR, git's user.email, $USER)");
    command.option('--claim', 'break-glass: invoke functions directly, where --by is all that says who you are');
    command.option('-y, --yes', 'do not ask; needed where there is no terminal');
  }
  return command;
}

/** Reads an argument VERSION. */
export function parseVersion(text: string): string {
  if (isVersion(text)) return text;
  throw new InvalidArgumentError(
    'A version is a tag of the form vX.Y.Z, for example v1.4.0 or v1.4.0-rc.1; no image tag holds a "+".',
  );
}

/** Reads an argument RELEASE: the name of an execution. */
export function parseRelease(text: string): string {
  if (/^[\w.+-]{1,80}$/.test(text)) return text;
  throw new InvalidArgumentError('A release id looks like v1.4.0-mf3k2x9a; "greenroom history" lists them.');
}

/** Reads an option `--reason`. */
export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= 500) return reason;
  throw new InvalidArgumentError('A reason has 1 to 500 characters: others will read it.');
}

/** Makes a reader of whole numbers from `least` to `most`. */
export function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
