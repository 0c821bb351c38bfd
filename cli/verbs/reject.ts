import type { ChangingOptions, World } from '../session';
import { parseReason, parseRelease, type Verb } from '../verb';
import { decide } from './decide';

/** Ends a release that waits. */
export const reject: Verb = {
  name: 'reject',
  summary: 'reject a release that waits: viewers never see it',
  changes: true,
  define: (command, run) =>
    command
      .argument('<release>', 'release id', parseRelease)
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .action(
        run((world: World, release: string, options: ChangingOptions & { reason: string }) =>
          decide(world, release, 'reject', options),
        ),
      ),
};
