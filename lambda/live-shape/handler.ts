import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient, type Service } from '@aws-sdk/client-ecs';
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { recordAct } from '../aws/ledger';
import { customResource } from '../custom-resource/respond';
import type { Color } from '../domain/color';
import { judgeShape, PLACEHOLDER_VERSION, readAllowances, type ShapedFleet } from '../domain/live-shape';

const cloudFormation = new CloudFormationClient({});
const ecs = new ECSClient({});
const loadBalancers = new ElasticLoadBalancingV2Client({});

/** Properties of the custom resource `Custom::LiveShape`; CloudFormation passes all of them as text. */
export interface LiveShapeProperties {
  readonly Cluster: string;
  /** Services by color. */
  readonly Services: Readonly<Partial<Record<Color, string>>>;
  readonly ContainerName: string;
  readonly Port: string;
  readonly ReadinessPath: string;
  /** What somebody allows for this deployment; empty for nothing. */
  readonly Allowed: string;
}

/** CloudFormation does not say who deploys; CloudTrail does, under the stack's id. */
const DEPLOYMENT = { name: 'cdk deploy', source: 'claimed' } as const;

/** A deployment would change what load balancers and services of a running version rely on. */
class LiveShapeRefused extends Error {
  override readonly name = 'LiveShapeRefused';
}

/**
 * Refuses a deployment whose container name, port or readiness path differ from what load balancers and services have
 * now while a version runs behind them (promise P7). Both are made after this resource, so that a refusal comes before
 * anything is touched. What somebody allows is recorded in the ledger before it happens.
 *
 * @throws LiveShapeRefused saying what would change, for which color, and what to do.
 */
export const handler = customResource(async (event) => {
  const physicalId = event.RequestType === 'Create' ? 'live-shape' : event.PhysicalResourceId;
  if (event.RequestType === 'Delete') return { physicalId };
  try {
    await requireUntouched(event.ResourceProperties as unknown as LiveShapeProperties, event.StackId);
  } catch (problem) {
    // Back to what was: to refuse that as well, or for want of an answer, would leave the stack between the two.
    if (!(await rollsBack(event.StackId))) throw problem;
  }
  return { physicalId };
});

async function requireUntouched(properties: LiveShapeProperties, stack: string): Promise<void> {
  const { ContainerName, Port, ReadinessPath, ...rest } = properties;
  const wanted = { name: ContainerName, port: Number(Port), readinessPath: ReadinessPath };
  const { refusals, allowed } = judgeShape(wanted, await fleetsOf(rest), readAllowances(rest.Allowed));
  if (refusals.length > 0) throw new LiveShapeRefused(refusals.join('; '));
  if (allowed.length > 0) await recordAct('allow-live-change', DEPLOYMENT, { changes: allowed, stack });
}

async function rollsBack(stackId: string): Promise<boolean> {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
  return Stacks?.[0]?.StackStatus?.includes('ROLLBACK') ?? false;
}

/** The fleets that exist: before the first deployment there are none. */
async function fleetsOf({
  Cluster,
  Services,
}: Pick<LiveShapeProperties, 'Cluster' | 'Services'>): Promise<ShapedFleet[]> {
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: Cluster, services: Object.values(Services) }),
  );
  const active = services.filter(({ status }) => status !== 'INACTIVE');
  const colorOf = (name: string | undefined) =>
    Object.entries(Services).find(([, service]) => service === name)?.[0] as Color;
  return Promise.all(active.map((service) => fleetOf(colorOf(service.serviceName), service)));
}

async function fleetOf(color: Color, service: Service): Promise<ShapedFleet> {
  const [entry] = service.loadBalancers ?? [];
  if (entry?.targetGroupArn === undefined) {
    throw new LiveShapeRefused(
      `${service.serviceName} is registered with no target group, so that nobody can tell what it relies on: put container name, port and readiness path back, and deploy with --revert-drift first`,
    );
  }
  const { containerName = '', containerPort = 0, targetGroupArn } = entry;
  const [revision, group] = await Promise.all([
    ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition })),
    loadBalancers.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] })),
  ]);
  const containers = revision.taskDefinition?.containerDefinitions ?? [];
  const placeholder = containers.some(({ environment }) =>
    environment?.some(({ name, value }) => name === 'GREENROOM_VERSION' && value === PLACEHOLDER_VERSION),
  );
  return {
    color,
    shape: {
      name: containerName,
      port: containerPort,
      readinessPath: group.TargetGroups?.[0]?.HealthCheckPath ?? '',
    },
    revision: service.taskDefinition?.split('/').at(-1) ?? 'no revision',
    ports: Object.fromEntries(
      containers.map(({ name, portMappings }) => [
        name ?? '',
        (portMappings ?? []).map(({ containerPort: port }) => port ?? 0),
      ]),
    ),
    serves: !placeholder && (service.desiredCount ?? 0) + (service.runningCount ?? 0) > 0,
  };
}
