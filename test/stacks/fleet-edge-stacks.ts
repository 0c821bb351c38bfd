import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parseConfig, type EnvironmentOptions, type GreenroomOptions } from '../../lib/config';
import { FEATURE_FLAGS } from '../../lib/feature-flags';
import { DatabaseStack } from '../../lib/stacks/database';
import { EdgeStack } from '../../lib/stacks/edge';
import { FleetStack } from '../../lib/stacks/fleet';
import { NetworkStack } from '../../lib/stacks/network';
import { RegistryStack } from '../../lib/stacks/registry';
import { temporaryFolder } from './folder';

export interface FleetAndEdge {
  readonly fleetStack: FleetStack;
  readonly edgeStack: EdgeStack;
  readonly fleet: Template;
  readonly edge: Template;
}

/** Synthesises fleets and edge of one environment of the application `shop`, without account and region. */
export function fleetAndEdge(environment: EnvironmentOptions, changes: Partial<GreenroomOptions> = {}): FleetAndEdge {
  const config = parseConfig(
    {
      application: { name: 'shop' },
      repository: {},
      container: { name: 'web', port: 9000, livenessPath: '/health/live', readinessPath: '/health/ready' },
      database: { engine: 'postgres' },
      environments: [environment],
      ...changes,
    },
    new Date('2026-06-15T12:00:00Z'),
  );
  const common = { config, environment: config.environments[0]! };
  const app = new App({ outdir: temporaryFolder(), context: FEATURE_FLAGS, analyticsReporting: false });
  const network = new NetworkStack(app, 'network', common);
  const registry = new RegistryStack(app, 'registry', common);
  const database = new DatabaseStack(app, 'database', { ...common, network });
  const fleetStack = new FleetStack(app, 'fleet', { ...common, network, registry, database });
  const edgeStack = new EdgeStack(app, 'edge', { ...common, network, fleet: fleetStack });
  return { fleetStack, edgeStack, fleet: Template.fromStack(fleetStack), edge: Template.fromStack(edgeStack) };
}
