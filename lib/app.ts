import { App, Tags, type Environment } from 'aws-cdk-lib';
import type { EnvironmentConfig, GreenroomConfig } from './config';
import { FEATURE_FLAGS } from './feature-flags';
import { resourceName } from './names';
import { explainWarnings } from './nag/suppressions';
import { AccessStack } from './stacks/access';
import { BackupCopyStack } from './stacks/backup-copy';
import { CacheStack } from './stacks/cache';
import { ConsoleStack } from './stacks/console';
import { DatabaseStack } from './stacks/database';
import { EdgeStack } from './stacks/edge';
import { namesOf } from './stacks/environment-props';
import { FirewallStack } from './stacks/firewall';
import { FleetStack } from './stacks/fleet';
import { NetworkStack } from './stacks/network';
import { OperationsStack } from './stacks/operations';
import { RegistryStack } from './stacks/registry';
import { ReleaseStack } from './stacks/release';

export interface BuildOptions {
  /** Builds this environment only. @default - the context value `environment`, and without it all environments */
  readonly environment?: string;
  /** Directory of the cloud assembly. @default - chosen by the CDK CLI, or a temporary one */
  readonly outdir?: string;
}

/** The stacks of one environment. */
interface EnvironmentStacks {
  readonly network: NetworkStack;
  readonly registry: RegistryStack;
  readonly database: DatabaseStack;
  /** Where backups are copied to: one a region or account. */
  readonly backupCopies: readonly BackupCopyStack[];
  /** Where the configuration wants a cache. */
  readonly cache?: CacheStack;
  readonly fleet: FleetStack;
  /** Where the configuration wants a firewall and brings none of its own. */
  readonly firewall?: FirewallStack;
  readonly edge: EdgeStack;
  readonly release: ReleaseStack;
  /** Where the configuration wants a console. */
  readonly console?: ConsoleStack;
  readonly operations: OperationsStack;
  /** Only when the configuration names a GitHub repository. */
  readonly access?: AccessStack;
}

/**
 * All stacks of a configuration, ready to be synthesised.
 *
 * @throws Error when the environment asked for is none of the configuration's.
 */
export function buildApp(config: GreenroomConfig, options: BuildOptions = {}): App {
  const app = new App({ outdir: options.outdir, context: FEATURE_FLAGS, analyticsReporting: false });
  const wanted = options.environment ?? (app.node.tryGetContext('environment') as string | undefined);
  const chosen = config.environments.filter(({ name }) => wanted === undefined || name === wanted);
  if (chosen.length === 0) {
    const names = config.environments.map(({ name }) => name).join(', ');
    throw new UnknownEnvironment(`environment "${wanted}" is not in the configuration; it has ${names}`);
  }
  const built = chosen.map((environment) => ({ environment, stacks: buildEnvironment(app, config, environment) }));
  orderIdentityProviders(built);
  explainWarnings(app);
  return app;
}

/** An environment was asked for that the configuration does not have. */
export class UnknownEnvironment extends Error {
  override readonly name = 'UnknownEnvironment';
}

function buildEnvironment(app: App, config: GreenroomConfig, environment: EnvironmentConfig): EnvironmentStacks {
  const id = (stack: string) => resourceName(namesOf({ config, environment }), stack);
  const env: Environment = { account: environment.account, region: environment.region };
  const common = { config, environment, env, terminationProtection: environment.production };

  const network = new NetworkStack(app, id('network'), common);
  const registry = new RegistryStack(app, id('registry'), common);
  const database = new DatabaseStack(app, id('database'), { ...common, network });
  const backupCopies = environment.database.backup.copies.map((copy) => {
    const there = new BackupCopyStack(app, id(`backup-${copy.region ?? copy.account}`), { ...common, copy });
    // A copy that finds no vault fails.
    database.addStackDependency(there);
    return there;
  });
  const cache =
    environment.cache && new CacheStack(app, id('cache'), { ...common, network, database, cache: environment.cache });
  const fleet = new FleetStack(app, id('fleet'), { ...common, network, registry, database, cache });
  const { waf } = environment;
  const firewall =
    waf && waf.webAclArn === undefined ? new FirewallStack(app, id('firewall'), { ...common }) : undefined;
  const edge = new EdgeStack(app, id('edge'), { ...common, network, fleet, firewall });
  const release = new ReleaseStack(app, id('release'), {
    ...common,
    network,
    registry,
    database,
    cache,
    fleet,
    edge,
  });
  const page = environment.console && new ConsoleStack(app, id('console'), { ...common, edge, release });
  const operations = new OperationsStack(app, id('operations'), { ...common, fleet, edge, release });
  const { github } = config.repository;
  const access = github && new AccessStack(app, id('access'), { ...common, github, registry, release });

  for (const stack of [
    network,
    registry,
    database,
    ...backupCopies,
    cache,
    fleet,
    firewall,
    edge,
    release,
    page,
    operations,
    access,
  ]) {
    if (!stack) continue;
    Tags.of(stack).add('greenroom:application', config.application.name);
    Tags.of(stack).add('greenroom:environment', environment.name);
  }
  return {
    network,
    registry,
    database,
    backupCopies,
    cache,
    fleet,
    firewall,
    edge,
    release,
    console: page,
    operations,
    access,
  };
}

/** The stack that makes an account's identity provider for GitHub is deployed before those that rely on it. */
function orderIdentityProviders(built: { environment: EnvironmentConfig; stacks: EnvironmentStacks }[]): void {
  for (const { environment, stacks } of built) {
    if (environment.githubProvider === 'create') continue;
    const maker = built.find(
      (other) => other.environment.githubProvider === 'create' && other.environment.account === environment.account,
    );
    if (stacks.access && maker?.stacks.access) stacks.access.addStackDependency(maker.stacks.access);
  }
}
