import type { DescribeTargetHealthCommandInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventEmitter } from 'node:events';
import { readPolicy } from '../../lambda/domain/policy';
import type { Assembly, Resource } from '../assembly';
import type { CloudModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import { Alarm, cloudwatchModel } from './alarms';
import { Balancer } from './balancer';
import { ecsModel } from './ecs';
import { LogGroups } from './logs';
import { metricDataModel } from './metric-data';
import { Metrics } from './metrics';
import { scalingModel } from './scaling';
import { Service, type FleetEvent } from './service';
import { statusMatcher, TargetGroup } from './target-group';
import { TaskDefinitions, toApiSpelling } from './task-definitions';
import type { TaskWorld } from './task';

export type { FleetEvent } from './service';
export { withoutHopByHop } from './balancer';
export type { Balancer, Forwarded, ForwardedRequest, ResponseObserver } from './balancer';
export type { RunnableImage } from './task';

export interface FleetsOptions {
  readonly assembly: Assembly;
  /** What an image reference (`<repository uri>@sha256:…` or `<uri>:<tag>`) stands for. */
  readonly image: TaskWorld['image'];
  /** SecretString by ARN. */
  readonly secret: TaskWorld['secret'];
  /** Health check intervals, grace periods and alarm periods are divided by it, to floors that processes can meet. */
  readonly speed: number;
  /** Told of processes as they start and end. */
  readonly onProcess?: TaskWorld['onProcess'];
}

/** Floors for what cannot be scaled: processes run in real time, on a machine with two busy cores. */
const HEALTH_INTERVAL_FLOOR_MS = 200;
const HEALTH_TIMEOUT_FLOOR_MS = 2_000;
const GRACE_FLOOR_MS = 1_000;
const DEREGISTRATION_FLOOR_MS = 5_000;

/** The fleets of the assembly: ECS services of real processes behind balancers with real health checks. */
export class Fleets extends EventEmitter<{ event: [FleetEvent] }> {
  readonly definitions: TaskDefinitions;
  readonly services = new Map<string, Service>();
  readonly metrics = new Metrics();
  readonly logs = new LogGroups();
  readonly models: CloudModel;
  private readonly groups = new Map<string, TargetGroup>();
  private readonly balancers: { balancer: Balancer; dnsName: string }[] = [];
  private readonly world: TaskWorld;
  private readonly cluster: { readonly name: string; readonly arn: string };

  constructor(private readonly options: FleetsOptions) {
    super();
    const { assembly } = options;
    const scope = { account: assembly.account, region: assembly.region };
    this.definitions = new TaskDefinitions(scope);
    const cluster = assembly.find('AWS::ECS::Cluster');
    this.cluster = { name: cluster.physicalId, arn: assembly.attribute(cluster, 'Arn') };
    this.world = { ...options, scope, clusterArn: this.cluster.arn, logs: this.logs };
    for (const group of assembly.resources('AWS::Logs::LogGroup')) this.logs.create(group.physicalId);
    this.openBalancers();
    for (const definition of assembly.resources('AWS::ECS::TaskDefinition')) {
      this.definitions.register(toApiSpelling(definition.properties) as object);
    }
    const alarms = assembly
      .resources('AWS::CloudWatch::Alarm')
      .filter(isReleaseAlarm)
      .map((alarm) => new Alarm({ ...alarm.properties, AlarmName: alarm.physicalId }, this.metrics, options.speed));
    this.models = {
      ecs: ecsModel({ cluster: this.cluster, definitions: this.definitions, services: this.services }),
      'elastic-load-balancing-v2': {
        DescribeTargetHealth: async (input: DescribeTargetHealthCommandInput) => {
          const group = this.groups.get(input.TargetGroupArn ?? '');
          if (!group) throw new AwsError('TargetGroupNotFound', `Target group '${input.TargetGroupArn}' not found`);
          return { TargetHealthDescriptions: group.describe() };
        },
      },
      'application-auto-scaling': scalingModel(this.services, scope),
      cloudwatch: {
        ...cloudwatchModel(alarms, scope, ownAlarms(assembly)),
        ...metricDataModel(this.metrics, options.speed),
      },
      'cloudwatch-logs': this.logs.model,
    };
  }

  /**
   * Creates the services, as CloudFormation does after the families exist (see `firstRevisions`): with the newest
   * revision of the family that the template names, and one task when the template has no size.
   */
  startServices(): void {
    for (const resource of this.options.assembly.resources('AWS::ECS::Service')) {
      const { properties } = resource;
      const configuration = properties.DeploymentConfiguration ?? {};
      const breaker = configuration.DeploymentCircuitBreaker ?? {};
      if (breaker.Rollback === true || breaker.Rollback === 'true') {
        throw new Error(`${resource.logicalId}: the local mode does not model a circuit breaker with rollback`);
      }
      const balanced = properties.LoadBalancers?.[0];
      const name = String(properties.ServiceName ?? resource.physicalId);
      const service = new Service(
        {
          name,
          arn: this.options.assembly.attribute(resource, 'ServiceArn'),
          world: this.world,
          group: balanced && this.groups.get(balanced.TargetGroupArn),
          containerPort: balanced && Number(balanced.ContainerPort),
          subnets: properties.NetworkConfiguration?.AwsvpcConfiguration?.Subnets ?? [],
          minimumHealthyPercent: Number(configuration.MinimumHealthyPercent ?? 100),
          maximumPercent: Number(configuration.MaximumPercent ?? 200),
          circuitBreaker: String(breaker.Enable) === 'true',
          gracePeriodMs: this.scaled(properties.HealthCheckGracePeriodSeconds ?? 0, GRACE_FLOOR_MS),
        },
        this.definitions.find(String(properties.TaskDefinition)),
        Number(properties.DesiredCount ?? 1),
      );
      service.on('event', (event) => this.emit('event', event));
      this.services.set(name, service);
    }
  }

  /** The balancer with this DNS name (that of a CloudFront origin). @throws Error naming it when there is none */
  balancer(dnsName: string): Balancer {
    const found = this.balancers.find((candidate) => candidate.dnsName.toLowerCase() === dnsName.toLowerCase());
    if (!found) throw new Error(`no load balancer of the assembly has the DNS name ${dnsName}`);
    return found.balancer;
  }

  /** @throws Error naming the service when the assembly has none of that name */
  service(name: string): Service {
    const found = this.services.get(name);
    if (!found) throw new Error(`no service ${name}; there are: ${[...this.services.keys()].join(', ')}`);
    return found;
  }

  /** Health of the targets behind a service. */
  targetGroup(arn: string): TargetGroup {
    const found = this.groups.get(arn);
    if (!found) throw new Error(`no target group ${arn}`);
    return found;
  }

  /** Ends every process and every health check. */
  async close(): Promise<void> {
    await Promise.all([...this.services.values()].map((service) => service.close()));
    for (const group of this.groups.values()) group.close();
  }

  private openBalancers(): void {
    const { assembly } = this.options;
    const listeners = assembly.resources('AWS::ElasticLoadBalancingV2::Listener');
    for (const resource of assembly.resources('AWS::ElasticLoadBalancingV2::LoadBalancer')) {
      const arn = resource.physicalId;
      const listener = listeners.find((candidate) => candidate.properties.LoadBalancerArn === arn);
      const groupArn = listener && targetGroupOf(listener);
      const group = assembly
        .resources('AWS::ElasticLoadBalancingV2::TargetGroup')
        .find((candidate) => candidate.physicalId === groupArn);
      if (!group) throw new Error(`${resource.logicalId}: no listener forwards to a target group`);
      const opened = this.openGroup(group, arn);
      this.groups.set(group.physicalId, opened);
      const balancer = new Balancer(arn, opened, this.metrics);
      this.balancers.push({ balancer, dnsName: assembly.attribute(resource, 'DNSName') });
    }
  }

  private openGroup(resource: Resource, loadBalancerArn: string): TargetGroup {
    const { properties } = resource;
    const attributes = new Map<string, string>(
      (properties.TargetGroupAttributes ?? []).map((each: { Key: string; Value: string }) => [each.Key, each.Value]),
    );
    return new TargetGroup({
      arn: resource.physicalId,
      name: properties.Name ?? resource.logicalId,
      loadBalancerArn,
      metrics: this.metrics,
      deregistrationDelayMs: this.scaled(
        attributes.get('deregistration_delay.timeout_seconds') ?? 300,
        DEREGISTRATION_FLOOR_MS,
      ),
      healthCheck: {
        path: properties.HealthCheckPath ?? '/',
        intervalMs: this.scaled(properties.HealthCheckIntervalSeconds ?? 30, HEALTH_INTERVAL_FLOOR_MS),
        timeoutMs: HEALTH_TIMEOUT_FLOOR_MS,
        healthyThreshold: Number(properties.HealthyThresholdCount ?? 5),
        unhealthyThreshold: Number(properties.UnhealthyThresholdCount ?? 2),
        matches: statusMatcher(String(properties.Matcher?.HttpCode ?? '200')),
      },
    });
  }

  private scaled(seconds: number | string, floorMs: number): number {
    return Math.max(floorMs, (Number(seconds) * 1000) / this.options.speed);
  }
}

/** Alarms on other things than the fleets' balancers have no source of data here. */
function isReleaseAlarm(alarm: Resource): boolean {
  const { Namespace, Metrics: queries } = alarm.properties;
  const namespaces = [
    Namespace,
    ...(queries ?? []).map((query: MetricStatQuery) => query.MetricStat?.Metric.Namespace),
  ];
  return namespaces.includes('AWS/ApplicationELB');
}

/** Names of the user's own alarms, as the handlers' policy has them. */
function ownAlarms(assembly: Assembly): readonly string[] {
  const policies = assembly
    .resources('AWS::Lambda::Function')
    .flatMap(({ properties }) => (properties.Environment?.Variables?.POLICY as string | undefined) ?? []);
  return policies[0] === undefined ? [] : readPolicy(policies[0]).alarms;
}

interface MetricStatQuery {
  readonly MetricStat?: { readonly Metric: { readonly Namespace?: string } };
}

function targetGroupOf(listener: Resource): string | undefined {
  const action = (listener.properties.DefaultActions ?? []).find((each: { Type: string }) => each.Type === 'forward');
  return action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
}
