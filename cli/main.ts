import { Command, CommanderError, Help } from 'commander';
import { createRequire } from 'node:module';
import { awsCloud } from './cloud';
import { CliError, EXIT, type ExitCode } from './exit';
import type * as ConfigLoader from '../lib/config/load';
import type { World } from './session';
import { processTerminal } from './terminal';
import { commandOf, type Verb } from './verb';
import { isVerb, VERB_NAMES, verbOf } from './verbs';

const { version: VERSION } = createRequire(__filename)('../package.json') as { readonly version: string };

const ABOUT = `Releases versions of an application, blue/green, and everything that people do about it.
The application and its environments are described in greenroom.config.ts.`;

const MORE = `
Who did it: people act by the functions' URLs, which ask for IAM and record who
called. What --by says is a claim: of who asks for a release, and with --claim
of everybody, since such a call does not tell who it is. See docs/cli.md.

Exit codes: 0 done (released), 1 it could not be done, 2 wrong use, 3 the
release ended otherwise than released, 130 no longer followed, it goes on.
Credentials, profile and proxy are the AWS SDK's: AWS_PROFILE, AWS_REGION, …`;

/** Where its descriptions of options come from. */
const HELP = new Help();

/**
 * The command line.
 *
 * @param args what follows the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[], world: World = realWorld()): Promise<ExitCode> {
  const { terminal } = world;
  let code: ExitCode = EXIT.ok;
  try {
    // The help of all verbs, and what is none of them, need them all.
    const names = isVerb(args[0]) ? [args[0]] : VERB_NAMES;
    // Commander answers `help` of an unknown verb with the help of all, and does not say that it is unknown.
    const words = args[0] === 'help' && args[1] !== undefined && !isVerb(args[1]) ? args.slice(1) : [...args];
    await program(names.map(verbOf), world, (ended) => (code = ended)).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    terminal.live(undefined);
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return tell(error, terminal);
  }
}

function program(verbs: readonly Verb[], world: World, end: (code: ExitCode) => void): Command {
  const { terminal } = world;
  const line = (write: (line: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  const top = new Command('greenroom');
  top.description(ABOUT).addHelpText('after', MORE).usage('VERB [options]');
  top.version(VERSION, '-V, --version', 'show the version of Greenroom');
  for (const verb of verbs) top.addCommand(commandOf(verb, world, end));
  top.helpCommand('help [verb]', 'show the help of a verb');
  for (const command of [top, ...top.commands]) {
    command
      .configureOutput({
        writeOut: line((text) => terminal.out(text)),
        writeErr: line((text) => terminal.err(text)),
        outputError: (text, write) => write(inOurWords(text)),
      })
      .configureHelp({
        subcommandTerm: (verb) => `${verb.name()} ${argumentsOf(verb)}`.trim(),
        optionDescription: (option) => HELP.optionDescription(option) + (option.mandatory ? '; required' : ''),
      })
      .helpOption('-h, --help', 'show this help')
      .showHelpAfterError(`See: greenroom ${command === top ? '' : `${command.name()} `}--help`)
      .exitOverride();
  }
  return top;
}

/** What Commander says of what is wrong, without its own terms. */
function inOurWords(text: string): string {
  return text
    .replace(/^error: /, 'greenroom: ')
    .replace(/command-argument value '(.*?)' is invalid for argument '([\w-]+)'\. /, '"$1" is no $2. ');
}

/** Options are left to the help of each verb. */
function argumentsOf(verb: Command): string {
  return verb.registeredArguments
    .map((each) => (each.required ? each.name().toUpperCase() : `[${each.name().toUpperCase()}]`))
    .join(' ');
}

function tell(error: unknown, terminal: World['terminal']): ExitCode {
  if (error instanceof CliError) {
    terminal.err(`greenroom: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof Error && error.name === 'ConfigError') {
    for (const problem of error.message.split('\n')) terminal.err(problem);
    return EXIT.error;
  }
  // A fault of Greenroom itself keeps its stack trace.
  terminal.err(`greenroom: ${error instanceof Error ? error.stack : String(error)}`);
  return EXIT.error;
}

function realWorld(): World {
  return {
    terminal: processTerminal(),
    // Loaded when needed: help and wrong uses need no configuration.
    loadConfig: async () => {
      const { loadConfig } = createRequire(__filename)('../lib/config/load') as typeof ConfigLoader;
      return loadConfig();
    },
    cloud: awsCloud,
  };
}
