import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Color } from '../domain/color';
import { setting } from './settings';

export const ecs = new ECSClient({});
const loadBalancing = new ElasticLoadBalancingV2Client({});

/** A fleet as ECS reports it. */
export interface FleetView {
  readonly desired: number;
  readonly running: number;
  /** Revision of the newest deployment. */
  readonly taskDefinition: string;
  readonly rollout: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED' | 'UNKNOWN';
  readonly rolloutReason: string;
  /** Deployments still under way; 1 when the service is steady. */
  readonly deployments: number;
  /** Whether its tasks are registered with the color's own target group. */
  readonly attached: boolean;
}

/** Names of a color's parts. */
export function fleetNames(color: Color) {
  const prefix = color === 'blue' ? 'BLUE' : 'GREEN';
  return {
    service: setting(`${prefix}_SERVICE`),
    family: setting(`${prefix}_FAMILY`),
    targetGroup: setting(`${prefix}_TARGET_GROUP_ARN`),
    logGroup: setting(`${prefix}_LOG_GROUP`),
    alarms: setting(`${prefix}_ALARMS`).split(','),
  };
}

export async function describeFleet(color: Color): Promise<FleetView> {
  const service = await describeService(color);
  const primary = service.deployments?.find((deployment) => deployment.status === 'PRIMARY');
  return {
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    taskDefinition: primary?.taskDefinition ?? service.taskDefinition ?? '',
    rollout: primary?.rolloutState ?? 'UNKNOWN',
    rolloutReason: primary?.rolloutStateReason ?? '',
    deployments: service.deployments?.length ?? 0,
    attached: (service.loadBalancers ?? []).some(
      ({ targetGroupArn }) => targetGroupArn === fleetNames(color).targetGroup,
    ),
  };
}

/** Subnets that a color's tasks are started in. */
export async function fleetSubnets(color: Color): Promise<readonly string[]> {
  const { networkConfiguration } = await describeService(color);
  return networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
}

/** Number of targets of a color that its load balancer finds healthy. */
export async function healthyTargets(color: Color): Promise<number> {
  const { TargetHealthDescriptions } = await loadBalancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: fleetNames(color).targetGroup }),
  );
  return (TargetHealthDescriptions ?? []).filter((target) => target.TargetHealth?.State === 'healthy').length;
}

/**
 * Brings a color to a size.
 *
 * @param taskDefinition ARN of the revision that it runs from now on: never the family, whose newest revision may be one
 *   that a late Lambda of another release has registered meanwhile. @default - the one that it runs
 */
export async function updateFleet(color: Color, desired: number, taskDefinition?: string): Promise<void> {
  await ecs.send(
    new UpdateServiceCommand({
      cluster: setting('CLUSTER_NAME'),
      service: fleetNames(color).service,
      desiredCount: desired,
      taskDefinition,
    }),
  );
}

/** Starts every task of a color anew, one after the other: same revision, same number. */
export async function restartFleet(color: Color): Promise<void> {
  await ecs.send(
    new UpdateServiceCommand({
      cluster: setting('CLUSTER_NAME'),
      service: fleetNames(color).service,
      forceNewDeployment: true,
    }),
  );
}

/** Task definitions that the color's running tasks have. */
export async function runningTasks(color: Color): Promise<Task[]> {
  return listTasks(color, 'RUNNING');
}

/** The color's tasks that stopped lately, newest first. ECS forgets them after about an hour. */
export async function stoppedTasks(color: Color): Promise<Task[]> {
  const tasks = await listTasks(color, 'STOPPED');
  return tasks.sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
}

/** Both calls take at most 100 tasks; a fleet may have more. */
async function listTasks(color: Color, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> {
  const cluster = setting('CLUSTER_NAME');
  const { service: serviceName } = fleetNames(color);
  const found: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(
      new ListTasksCommand({ cluster, serviceName, desiredStatus, maxResults: 100, nextToken }),
    );
    nextToken = page.nextToken;
    if (!page.taskArns?.length) continue;
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: page.taskArns }));
    found.push(...(tasks ?? []));
  } while (nextToken !== undefined);
  return found;
}

async function describeService(color: Color): Promise<Service> {
  const { service: name } = fleetNames(color);
  const { services } = await ecs.send(
    new DescribeServicesCommand({ cluster: setting('CLUSTER_NAME'), services: [name] }),
  );
  const service = services?.[0];
  if (service === undefined) throw new Error(`the service ${name} does not exist; deploy the fleet stack again`);
  return service;
}
