import type { CacheStack } from './cache';
import type { DatabaseStack } from './database';
import type { EdgeStack } from './edge';
import type { EnvironmentStackProps } from './environment-props';
import type { FleetStack } from './fleet';
import type { NetworkStack } from './network';
import type { RegistryStack } from './registry';

export interface ReleaseStackProps extends EnvironmentStackProps {
  readonly network: NetworkStack;
  readonly registry: RegistryStack;
  readonly database: DatabaseStack;
  /** @default - the environment has none */
  readonly cache?: CacheStack;
  readonly fleet: FleetStack;
  readonly edge: EdgeStack;
}
