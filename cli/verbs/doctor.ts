import type { CheckGroup } from '../../lambda/domain/checks';
import { checkSummary, checkTree } from '../check-tree';
import { checkAws, checkConfiguration, checkLocal, checkMachine } from '../doctor-checks';
import { chooseEnvironment } from '../environment';
import { EXIT } from '../exit';
import { readLocalMode } from '../local-mode';
import { ownMachine } from '../machine';
import { type CommonOptions, openSession, type World } from '../session';
import type { Verb } from '../verb';

/** The user's own machine and configuration, and what is deployed. */
export const doctor: Verb = {
  name: 'doctor',
  summary: 'look at this machine, the configuration, the credentials and what is deployed',
  reads: true,
  define: (command, run) =>
    command.action(
      run(async (world, options: CommonOptions & { json?: boolean }) => {
        const groups = await examine(world, options);
        const { terminal } = world;
        if (options.json) terminal.out(JSON.stringify(groups, null, 2));
        else {
          for (const line of checkTree('greenroom', groups)) terminal.out(line);
          terminal.err(checkSummary(groups));
        }
        const well = groups.every(({ checks }) => checks.every(({ result }) => result !== 'failed'));
        return well ? EXIT.ok : EXIT.error;
      }),
    ),
};

async function examine(world: World, options: CommonOptions): Promise<CheckGroup[]> {
  const machine = await checkMachine(world.machine ?? ownMachine());
  const local = () => readLocalMode(world.localFile);
  const configuration = await checkConfiguration(
    () => world.loadConfig(),
    (config) => chooseEnvironment(config, options.environment, options.local ? local() : undefined),
  );
  // Without a configuration nobody knows what to ask for.
  if (configuration.checks.some(({ result }) => result === 'failed')) return [machine, configuration];
  const { cloud, environment } = await openSession(world, options);
  const deployed = options.local
    ? await checkLocal(local, () => cloud)
    : await checkAws(cloud, await world.loadConfig(), environment);
  return [machine, configuration, deployed];
}
