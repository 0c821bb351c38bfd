import { type ChangingOptions, openSession, type World } from '../session';
import type { Verb } from '../verb';

/** Lets new releases in again after a revert. */
export const resume: Verb = {
  name: 'resume',
  summary: 'let new releases in again after a revert',
  changes: true,
  define: (command, run) =>
    command.action(
      run(async (world: World, options: ChangingOptions) => {
        const session = await openSession(world, options);
        await session.confirm(`Let new releases of ${session.place} in again?`);
        await session.act('operate', { action: 'resume' });
        session.terminal.out(`${session.place} takes new releases again`);
      }),
    ),
};
