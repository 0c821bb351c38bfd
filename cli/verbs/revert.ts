import { EXIT, type ExitCode } from '../exit';
import { follow } from '../follow';
import { readStatus } from '../operations';
import { type ChangingOptions, openSession, type Session, type World } from '../session';
import { parseReason, parseWhole, type Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly reason: string;
  /** Break-glass: goes below the revert floor all the same. */
  readonly force?: boolean;
  readonly watch: boolean;
  readonly interval?: number;
}

interface Reverted {
  readonly kind: 'withdraw' | 'warm' | 'cold';
  readonly version: string;
  readonly color?: string;
  /** The execution that a cold revert started. */
  readonly execution?: string;
  readonly warnings: readonly string[];
}

/** Sends traffic back. Never held up by a freeze, a queue or a running release. */
export const revert: Verb = {
  name: 'revert',
  summary: 'send traffic back to the version before, at once',
  changes: true,
  define: (command, run) =>
    command
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .option('--force', 'go below the revert floor, to a version that needs what the schema lost; recorded')
      .option('--no-watch', 'do not follow the release of the version before, when no color is warm')
      .option('--interval <seconds>', 'pause between two questions', parseWhole(1, 300))
      .action(run(revertTraffic)),
};

async function revertTraffic(world: World, options: Options): Promise<ExitCode> {
  const session = await openSession(world, options, { blueGreen: 'revert' });
  const { terminal, where, cloud, by } = session;
  if (!options.yes) await session.confirm(`${await situation(session)}Send traffic of ${session.place} back?`);
  const { kind, version, color, execution, warnings } = await cloud.invoke<Reverted>('revert', {
    reason: options.reason,
    by,
    ...(options.force && { force: true }),
  });
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  const held = `new releases are held until: greenroom resume ${where}`;
  if (kind !== 'cold') {
    terminal.out(`${version} on ${color} has all viewers again`);
    terminal.err(held);
    return EXIT.ok;
  }
  terminal.err(`no color is warm: ${version} is deployed again, without migration and approval; ${held}`);
  const release = execution?.split(':').at(-1) ?? version;
  terminal.out(release);
  return options.watch ? follow(session, release, { interval: options.interval, execution }) : EXIT.ok;
}

/** What a person should know before saying yes. When it cannot be read, nobody is kept from reverting. */
async function situation({ cloud }: Session): Promise<string> {
  try {
    const { route, live, turn } = await readStatus(cloud);
    const standby = route?.standby ? `${route.standby} is warm` : 'no color is warm: this takes minutes';
    const underWay = turn.holder === null ? '' : `; ${turn.holder} is under way and will end`;
    return `Live is ${live?.version ?? 'nothing'}, ${standby}${underWay}.\n`;
  } catch (error) {
    return `The status cannot be read (${(error as Error).message}).\n`;
  }
}
