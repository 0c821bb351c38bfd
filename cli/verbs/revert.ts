import { setTimeout as sleep } from 'node:timers/promises';
import { servedRelease } from '../../lambda/domain/route';
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
  const { terminal, where } = session;
  // Where nobody can be asked and nobody said yes, nothing is asked of AWS either.
  const seen: Situation = options.yes || terminal.interactive ? await situation(session) : { words: '' };
  if (seen.problem !== undefined) terminal.err(seen.problem);
  await session.confirm(`${seen.words}Send traffic of ${session.place} back?`);
  const { kind, version, color, execution, warnings } = await session.act<Reverted>('revert', {
    reason: options.reason,
    // Somebody else may have reverted since: then nothing is moved, and their revert is not undone.
    ...(seen.from !== undefined && { from: seen.from }),
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

/** A ledger that is down keeps the status waiting; viewers do not wait for it. */
const STATUS_MS = 5_000;

async function late(): Promise<never> {
  await sleep(STATUS_MS, undefined, { ref: false });
  throw new Error(`no answer within ${STATUS_MS / 1000} s`);
}

interface Situation {
  /** What a person should know before saying yes. */
  readonly words: string;
  /** The release that viewers get, to be reverted from. */
  readonly from?: string;
  readonly problem?: string;
}

/** When it cannot be read, nobody is kept from reverting. */
async function situation({ cloud }: Session): Promise<Situation> {
  try {
    const { route, live, turn } = await Promise.race([readStatus(cloud), late()]);
    const from = route === null ? undefined : (servedRelease(route) ?? undefined);
    const standby = route?.standby ? `${route.standby} is warm` : 'no color is warm: this takes minutes';
    const underWay = turn.holder === null ? '' : `; ${turn.holder} is under way and will end`;
    return { from, words: `Live is ${live?.version ?? 'nothing'}, ${standby}${underWay}.\n` };
  } catch (error) {
    const problem = `the status cannot be read (${(error as Error).message}): whatever viewers get is reverted from`;
    return { words: '', problem };
  }
}
