import { type ChangingOptions, openSession, type World } from '../session';
import { parseReason, parseRelease, type Verb } from '../verb';

/** Ends a release that is under way or waits for its turn. */
export const cancel: Verb = {
  name: 'cancel',
  summary: 'end a release that is under way; viewers go back to what was live',
  changes: true,
  define: (command, run) =>
    command
      .argument('<release>', 'release id', parseRelease)
      .requiredOption('--reason <text>', 'why; recorded', parseReason)
      .action(
        run(async (world: World, release: string, { reason, ...options }: ChangingOptions & { reason: string }) => {
          const session = await openSession(world, options);
          const { where, terminal } = session;
          await session.confirm(`Cancel ${release} of ${session.place}?`);
          await session.act('operate', { action: 'cancel', release, reason });
          terminal.out(`${release} is being canceled`);
          terminal.err(`see it end with: greenroom watch ${release} ${where}`);
        }),
      ),
};
