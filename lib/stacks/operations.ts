import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CacheAlarms } from '../constructs/cache-alarms';
import { EnvironmentDashboard } from '../constructs/environment-dashboard';
import { OperationsAlarms } from '../constructs/operations-alarms';
import { resourceName } from '../names';
import type { EdgeStack } from './edge';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { FleetStack } from './fleet';
import type { ReleaseStack } from './release';

export interface OperationsStackProps extends EnvironmentStackProps {
  readonly fleet: FleetStack;
  readonly edge: EdgeStack;
  readonly release: ReleaseStack;
}

/** What people look at, and what calls them: nothing else depends on it. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, props);
    const { environment, fleet, edge, release } = props;
    const names = namesOf(props);
    const rolling = environment.strategy === 'rolling';
    const machines = {
      releases: release.stateMachine.stateMachineArn,
      migrations: release.migrationMachine.stateMachineArn,
      ...(release.restoreMachine && { restores: release.restoreMachine.stateMachineArn }),
    };
    const { alarms } = new OperationsAlarms(this, 'Alarms', {
      name: resourceName(names),
      topic: release.topic,
      functions: {
        recover: resourceName(names, rolling ? 'recover-roll' : 'recover-release'),
        checkDrift: resourceName(names, 'check-drift'),
        rotate: resourceName(names, 'rotate-secret'),
        retire: rolling ? undefined : resourceName(names, 'retire-idle'),
      },
      stateMachineArns: Object.values(machines),
    });
    const cache =
      environment.cache &&
      new CacheAlarms(this, 'CacheAlarms', {
        name: resourceName(names),
        topic: release.topic,
        nodes: environment.cache.nodes,
        rotate: resourceName(names, 'rotate-cache-secret'),
      });
    const fleets = [fleet.fleets.blue, fleet.fleets.green].filter((each) => each !== undefined);
    new EnvironmentDashboard(this, 'Dashboard', {
      name: resourceName(names),
      clusterName: resourceName(names),
      fleets,
      distributionId: edge.distribution.distributionId,
      databaseInstanceId: resourceName(names),
      stateMachineArns: machines,
      backupVaults: ['point-in-time', 'daily', 'monthly'].map((suffix) => resourceName(names, suffix)),
      alarms: [...fleets.flatMap((each) => each.alarms), ...alarms, ...(cache?.alarms ?? [])],
    });
  }
}
