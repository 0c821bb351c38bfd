import { follow } from '../follow';
import { type CommonOptions, openSession } from '../session';
import { parseRelease, parseWhole, type Verb } from '../verb';

interface Options extends CommonOptions {
  readonly json?: boolean;
  readonly untilApproval?: boolean;
  readonly interval?: number;
}

/** Follows a release to its end. */
export const watch: Verb = {
  name: 'watch',
  summary: 'follow a release to its end; exit code 3 unless it is released',
  reads: true,
  define: (command, run) =>
    command
      .argument('<release>', 'release id', parseRelease)
      .option('--until-approval', 'stop, with exit code 0, when it waits for approval')
      .option('--interval <seconds>', 'pause between two questions', parseWhole(1, 300))
      .action(
        run(async (world, release: string, options: Options) =>
          follow(await openSession(world, options), release, options),
        ),
      ),
};
