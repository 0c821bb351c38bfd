import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parseConfig, type EnvironmentOptions, type GreenroomConfig, type GreenroomOptions } from '../../lib/config';
import { FEATURE_FLAGS } from '../../lib/feature-flags';
import { DatabaseStack } from '../../lib/stacks/database';
import { NetworkStack } from '../../lib/stacks/network';
import { RegistryStack } from '../../lib/stacks/registry';
import { temporaryFolder } from './folder';

/** Options that are complete and right, for tests to change. */
export function options(changes: Partial<GreenroomOptions> = {}): GreenroomOptions {
  return {
    application: { name: 'shop' },
    repository: { github: { owner: 'acme', repo: 'shop', repositoryId: '42' } },
    container: {},
    database: { engine: 'postgres' },
    environments: [{ name: 'production' }],
    ...changes,
  };
}

export const TODAY = new Date('2026-06-15T12:00:00Z');

export interface BaseTemplates {
  readonly config: GreenroomConfig;
  readonly network: Template;
  readonly registry: Template;
  readonly database: Template;
}

/** Synthesises the stacks below the fleets for one environment. */
export function baseTemplates(environment: EnvironmentOptions, changes: Partial<GreenroomOptions> = {}): BaseTemplates {
  const config = parseConfig(options({ ...changes, environments: [environment] }), TODAY);
  const common = { config, environment: config.environments[0]! };
  const app = new App({ outdir: temporaryFolder(), context: FEATURE_FLAGS, analyticsReporting: false });
  const network = new NetworkStack(app, 'network', common);
  const registry = new RegistryStack(app, 'registry', common);
  const database = new DatabaseStack(app, 'database', { ...common, network });
  return {
    config,
    network: Template.fromStack(network),
    registry: Template.fromStack(registry),
    database: Template.fromStack(database),
  };
}

/** The properties of the only resource of a type. */
// oxlint-disable-next-line typescript/no-explicit-any -- templates are JSON of any form
export function only(template: Template, type: string): any {
  const found = Object.values(template.findResources(type));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}, not 1`);
  return found[0]!.Properties;
}

/** The properties of all resources of a type. */
// oxlint-disable-next-line typescript/no-explicit-any -- templates are JSON of any form
export function all(template: Template, type: string): any[] {
  return Object.values(template.findResources(type)).map((resource) => resource.Properties ?? {});
}
