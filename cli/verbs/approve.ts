import type { ChangingOptions, World } from '../session';
import { parseRelease, type Verb } from '../verb';
import { decide } from './decide';

/** Lets a release that waits go on to its cutover. */
export const approve: Verb = {
  name: 'approve',
  summary: 'approve a release that waits: its cutover begins',
  changes: true,
  define: (command, run) =>
    command
      .argument('<release>', 'release id', parseRelease)
      .action(
        run((world: World, release: string, options: ChangingOptions) => decide(world, release, 'approve', options)),
      ),
};
