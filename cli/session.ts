import type { EnvironmentConfig, GithubConfig, GreenroomConfig } from '../lib/config';
import { resourceName } from '../lib/names';
import type { Cloud, CloudOptions } from './cloud';
import { chooseEnvironment, requireBlueGreen } from './environment';
import { CliError, EXIT, wrongUse } from './exit';
import { identify } from './identity';
import { localCredentials, type LocalMode, readLocalMode } from './local-mode';
import type { Machine } from './machine';
import type { Terminal } from './terminal';

/** What the command line stands on; tests replace it. */
export interface World {
  readonly terminal: Terminal;
  /** Reads greenroom.config.ts. */
  loadConfig(): Promise<GreenroomConfig>;
  cloud(options: CloudOptions): Cloud;
  /** @default - .greenroom/local.json of the repository */
  readonly localFile?: string;
  /** What the doctor looks at. @default - this machine */
  readonly machine?: Machine;
  /** Runs a line in the user's shell, before their eyes. @returns its exit code. @default - bash */
  readonly shell?: (line: string) => Promise<number>;
  /** @default - asks git */
  readonly gitEmail?: () => string | undefined;
}

/** Options that every verb has. */
export interface CommonOptions {
  readonly environment?: string;
  readonly region?: string;
  readonly local?: boolean;
}

/** Options of the verbs that change something. */
export interface ChangingOptions extends CommonOptions {
  readonly by?: string;
  /** Invokes functions directly, where nothing but `by` says who it is. */
  readonly claim?: boolean;
  readonly yes?: boolean;
}

/** One call of the command line: the environment that it is for, and the means to work on it. */
export interface Session {
  readonly environment: EnvironmentConfig;
  /** The repository whose workflows release, where the configuration has one. */
  readonly github?: GithubConfig;
  /** Application and environment as people read them: `notes in production`. */
  readonly place: string;
  /** The options that lead here again, for hints. */
  readonly where: string;
  readonly terminal: Terminal;
  readonly cloud: Cloud;
  readonly local?: LocalMode;
  /** Who it is recorded as, where AWS does not say it. */
  readonly by: string;
  /** Has a function do something on behalf of whoever runs this: by its URL, or with `--claim` by a direct invocation. */
  act<Result>(folder: string, payload: object): Promise<Result>;
  /** Asks unless `--yes` was given. @throws CliError when the answer is no, or nobody can be asked. */
  confirm(question: string): Promise<void>;
}

/** Reads the configuration and makes ready; nothing is asked of AWS yet. */
export async function openSession(
  world: World,
  options: ChangingOptions,
  needs: { readonly blueGreen?: string } = {},
): Promise<Session> {
  const { terminal } = world;
  const local = options.local ? readLocalMode(world.localFile) : undefined;
  const config = await world.loadConfig();
  const environment = chooseEnvironment(config, options.environment, local);
  if (needs.blueGreen !== undefined) requireBlueGreen(environment, needs.blueGreen);
  const application = config.application.name;
  const cloud = world.cloud({
    prefix: resourceName({ application, environment: environment.name }),
    region: options.region ?? local?.region ?? environment.region,
    endpoint: local?.endpoint,
    credentials: local && localCredentials(options.by),
  });
  const by = () => identify(options.by, terminal.env, world.gitEmail);
  return {
    environment,
    github: config.repository.github,
    place: `${application} in ${environment.name}`,
    where: local === undefined ? `-e ${environment.name}` : '--local',
    terminal,
    cloud,
    local,
    get by() {
      return by();
    },
    act: (folder, payload) =>
      options.claim ? cloud.invoke(folder, { ...payload, by: by() }) : cloud.call(folder, payload),
    confirm: (question) => confirm(terminal, question, options.yes ?? false),
  };
}

async function confirm(terminal: Terminal, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    throw wrongUse('this changes something, and there is no terminal to ask in: add --yes. Nothing was done');
  }
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done', EXIT.error);
}
