import { CliError, wrongUse } from '../exit';
import {
  findings,
  databaseArn,
  entryOf,
  entryText,
  relocatedName,
  type Relocation,
  type Step,
  steps,
} from '../relocation';
import { repositoryName } from '../../lib/config/policy';
import { resourceName } from '../../lib/names';
import { type ChangingOptions, openSession, type Session, type World } from '../session';
import { runInShell } from '../shell';
import { parseVersion, type Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly to: string;
  readonly snapshot?: string;
  readonly imageVersion?: string;
  readonly run?: boolean;
  readonly json?: boolean;
}

const MORE = `
Without --run it only prints, and asks AWS nothing. With --run it does the steps
one by one: it asks before each, passes over what is there already, and stops
where something fails. The same command goes on from there. The region that is
lost is not asked for anything. The application comes up beside the old one, as
an environment of its own, since names on CloudFront and in IAM are the
account's. docs/disasters.md says what to expect.`;

/** Brings an environment up in another region. */
export const relocate: Verb = {
  name: 'relocate',
  summary: 'print the steps that bring an environment up in another region, or run them',
  reads: true,
  changes: true,
  define: (command, run) =>
    command
      .requiredOption('--to <region>', 'the region that is left for')
      .option('--snapshot <arn>', 'recovery point to begin with, of that region (default: the newest)')
      .option('--image-version <version>', 'version to release there (default: the one that was live)', parseVersion)
      .option('--run', 'do the steps, and not only print them')
      .addHelpText('after', MORE)
      .action(
        run(async (world: World, options: Options) => {
          const session = await openSession(world, options, { blueGreen: 'relocate' });
          const { environment } = session;
          if (environment.region === options.to) throw wrongUse(`${environment.name} is in ${options.to} already`);
          if (options.run) return runSteps(world, session, options);
          return print(world, options, session);
        }),
      ),
};

async function print(world: World, { to, snapshot, imageVersion, json }: Options, session: Session): Promise<void> {
  const { terminal, environment, cloud } = session;
  const of: Relocation = {
    config: await world.loadConfig(),
    environment,
    to,
    account: '$ACCOUNT',
    snapshot: snapshot ?? '$SNAPSHOT',
    version: imageVersion ?? '$VERSION',
    digest: '$DIGEST',
  };
  const all: Step[] = [...findings(of), entryOf(of), ...steps(of, () => cloud)];
  if (json) return terminal.out(JSON.stringify(all.map(({ what, run: lines }) => ({ what, run: lines }))));
  for (const [index, { what, run: lines }] of all.entries()) {
    terminal.out(`# ${index + 1}. ${what}`);
    for (const line of lines) terminal.out(line);
    terminal.out('');
  }
}

async function runSteps(world: World, session: Session, options: Options): Promise<void> {
  const { terminal } = session;
  const of = await find(world, session, options);
  const name = relocatedName(of);
  const prefix = resourceName({ application: of.config.application.name, environment: name });
  const all = steps(of, () => world.cloud({ prefix, region: of.to }));
  for (const [index, { what, run: lines, done }] of all.entries()) {
    const title = `${index + 1}/${all.length} ${what}`;
    if (await done?.()) {
      terminal.out(`${title}: done already`);
      continue;
    }
    terminal.out(title);
    for (const line of lines) terminal.out(`  ${line}`);
    await session.confirm('Run it?');
    for (const line of lines) await runLine(world, line);
  }
  terminal.out(`${name} runs ${of.version}`);
}

async function runLine(world: World, line: string): Promise<void> {
  const code = await (world.shell ?? runInShell)(line);
  if (code === 0) return;
  throw new CliError(`"${line}" ended with ${code}: mend that, and give the same command again to go on from here`);
}

/** What the steps need to know. @throws CliError when a copy, an image or the configuration's entry is missing */
async function find(world: World, session: Session, options: Options): Promise<Relocation> {
  const { terminal, cloud } = session;
  const { to } = options;
  const environment = { ...session.environment, region: session.environment.region ?? terminal.env.AWS_REGION };
  const config = await world.loadConfig();
  const account = environment.account ?? (await accountOf(session, config.application.name, to));
  const repository = repositoryName(config, environment);
  const image = await cloud.image(repository, options.imageVersion ?? 'live', to);
  const version = options.imageVersion ?? image?.tags.find((tag) => /^v\d/.test(tag));
  if (image === undefined || version === undefined) {
    throw new CliError(
      `${repository} has no image "${options.imageVersion ?? 'live'}" in ${to}: "replicateImagesTo" copies images there, and only those pushed since`,
    );
  }
  const of = { config, environment, to, account, version, digest: image.digest };
  const there = config.environments.find(({ name }) => name === relocatedName(of));
  if (there === undefined) {
    const snapshot = options.snapshot ?? (await newest(session, databaseArn(of), to));
    const wanted = { ...of, snapshot };
    throw new CliError(`${entryOf(wanted).what}, then give the same command again:\n${entryText(wanted)}`);
  }
  const { restoreFrom } = there.database;
  if (restoreFrom === undefined || restoreFrom !== (options.snapshot ?? restoreFrom)) {
    const wanted = options.snapshot ?? 'a copy of the database';
    throw wrongUse(`${there.name} has database.restoreFrom ${restoreFrom ?? 'not set'}, and not ${wanted}`);
  }
  terminal.out(`${there.name}: ${version}, ${image.digest}, data of ${restoreFrom}`);
  return { ...of, snapshot: restoreFrom };
}

/** Of the stack that holds the copies, which is in the region that is left. */
async function accountOf({ cloud, environment }: Session, application: string, to: string): Promise<string> {
  const stack = resourceName({ application, environment: environment.name }, `backup-${to}`);
  const found = await cloud.describeStack(stack, to);
  if (found === undefined) {
    throw new CliError(
      `the stack ${stack} is not in ${to}: no copy of the database of ${environment.name} can be there`,
    );
  }
  return found.account;
}

async function newest({ cloud, terminal }: Session, resource: string, to: string): Promise<string> {
  if (resource.includes('$')) throw wrongUse('say which region is lost: "region" of the environment, or AWS_REGION');
  const point = await cloud.newestRecoveryPoint(resource, to);
  if (point === undefined) {
    throw new CliError(`there is no copy of ${resource} in ${to}: "database.backup.copies" makes them, one a day`);
  }
  terminal.out(`newest copy: ${point.arn}, of ${point.at}; what was written later is lost`);
  return point.arn;
}
