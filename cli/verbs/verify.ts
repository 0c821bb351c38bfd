import type { Verification } from '../../lambda/domain/checks';
import { checkSummary, checkTree } from '../check-tree';
import { EXIT } from '../exit';
import { type CommonOptions, openSession } from '../session';
import { parseVersion, type Verb } from '../verb';

/** Everything that a release will need, looked at before it starts. */
export const verify: Verb = {
  name: 'verify',
  summary: 'look at everything that a release will need, before it starts',
  reads: true,
  define: (command, run) =>
    command.argument('[version]', 'tag of the version, for what belongs to it as well', parseVersion).action(
      run(async (world, version: string | undefined, options: CommonOptions & { json?: boolean }) => {
        const { cloud, terminal, place } = await openSession(world, options);
        const request = { action: 'verify', ...(version !== undefined && { version }) };
        const found = await cloud.invoke<Verification>('verify-release', request, { reads: true });
        if (options.json) terminal.out(JSON.stringify(found, null, 2));
        else {
          for (const line of checkTree(place, found.groups)) terminal.out(line);
          terminal.err(checkSummary(found.groups));
        }
        return found.ready ? EXIT.ok : EXIT.error;
      }),
    ),
};
