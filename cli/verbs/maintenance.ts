import { Argument } from 'commander';
import type { MaintenanceChange } from '../../lambda/aws/maintenance';
import { type Maintenance, MAINTENANCE } from '../../lambda/domain/route';
import { readStatus } from '../operations';
import { type ChangingOptions, openSession, type World } from '../session';
import { parseReason, type Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly reason: string;
  readonly dryRun?: boolean;
}

/** What viewers meet in each state. */
const MEANING: Readonly<Record<Maintenance, string>> = {
  off: 'viewers are served',
  'read-only': 'viewers can read; what changes something gets 503',
  full: 'every viewer gets 503, and QA too',
};

/** Lets viewers read only, or keeps them out, whichever color serves them. */
export const maintenance: Verb = {
  name: 'maintenance',
  summary: 'let viewers only read, keep them out, or let them in again',
  changes: true,
  define: (command, run) =>
    command
      .addArgument(new Argument('<state>', 'what viewers meet').choices(MAINTENANCE))
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .option('--dry-run', 'say what is set and what would be, change nothing')
      .action(run(setMaintenance)),
};

async function setMaintenance(world: World, wanted: Maintenance, { reason, dryRun, ...options }: Options) {
  const session = await openSession(world, options, { blueGreen: 'maintenance' });
  const { cloud, place, terminal } = session;
  if (dryRun) {
    const { route } = await readStatus(cloud);
    terminal.out(`${place}: maintenance ${route?.maintenance ?? 'off'} would become ${wanted}: ${MEANING[wanted]}`);
    return terminal.err('dry run: nothing was changed');
  }
  await session.confirm(`Set maintenance of ${place} to ${wanted}: ${MEANING[wanted]}?`);
  const payload = { action: 'maintenance', maintenance: wanted, reason };
  const { before } = await session.act<MaintenanceChange>('operate', payload);
  terminal.out(`${place}: maintenance ${wanted} (it was ${before}): ${MEANING[wanted]}`);
}
