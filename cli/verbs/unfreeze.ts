import { type ChangingOptions, openSession, type World } from '../session';
import type { Verb } from '../verb';

/** Ends a freeze that somebody set; those of the configuration stay. */
export const unfreeze: Verb = {
  name: 'unfreeze',
  summary: 'end a freeze that "greenroom freeze" began',
  changes: true,
  define: (command, run) =>
    command.action(
      run(async (world: World, options: ChangingOptions) => {
        const session = await openSession(world, options);
        await session.confirm(`End the freeze of ${session.place}?`);
        await session.act('operate', { action: 'unfreeze' });
        session.terminal.out(`${session.place} is not frozen by anybody any more`);
      }),
    ),
};
