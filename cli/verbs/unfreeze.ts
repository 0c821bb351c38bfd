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
        const { by } = session;
        await session.confirm(`End the freeze of ${session.place}?`);
        await session.cloud.invoke('operate', { action: 'unfreeze', by });
        session.terminal.out(`${session.place} is not frozen by anybody any more`);
      }),
    ),
};
