import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { COLORS, type Color } from '../../lambda/domain/color';
import type { EnvironmentConfig } from '../config';
import { accessLogBucket } from '../constructs/access-logs';
import { ColorFleet } from '../constructs/color-fleet';
import { FirstRevisions } from '../constructs/first-revision';
import { LiveShapeGuard } from '../constructs/live-shape-guard';
import { TaskTemplate } from '../constructs/task-template';
import { type Names, resourceName } from '../names';
import type { CacheStack } from './cache';
import type { DatabaseStack } from './database';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { NetworkStack } from './network';
import type { RegistryStack } from './registry';

export interface FleetStackProps extends EnvironmentStackProps {
  readonly network: NetworkStack;
  readonly registry: RegistryStack;
  readonly database: DatabaseStack;
  /** @default - the environment has none */
  readonly cache?: CacheStack;
}

/** The fleets of an environment: with the strategy `rolling` there is blue alone. */
export interface Fleets {
  readonly blue: ColorFleet;
  readonly green?: ColorFleet;
}

const PLACEHOLDER = join(__dirname, '..', '..', 'examples', 'placeholder');

/**
 * Cluster and fleets. What a fleet runs and how large it is belongs to the workflow; this stack gives it a shape, and
 * a placeholder to run until the first release.
 */
export class FleetStack extends Stack {
  readonly cluster: ecs.Cluster;
  readonly fleets: Fleets;
  /** The family that the workflow clones. */
  readonly templateFamily: string;
  readonly taskRole: iam.Role;
  readonly executionRole: iam.Role;
  readonly containerName: string;

  constructor(scope: Construct, id: string, props: FleetStackProps) {
    super(scope, id, props);
    const { config, environment, network } = props;
    const names = namesOf(props);
    const { container } = config;
    this.containerName = container.name;
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: resourceName(names),
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });

    const colors = environment.strategy === 'rolling' ? (['blue'] as const) : COLORS;
    const logGroups = new Map(colors.map((color) => [color, this.createLogGroup(color, names, environment)]));
    const template = new TaskTemplate(this, 'Template', {
      ...names,
      container,
      repository: props.registry.repository,
      database: props.database,
      cache: props.cache,
      logGroup: logGroups.get('blue') as logs.LogGroup,
      twoFleets: environment.strategy !== 'rolling',
    });
    for (const logGroup of logGroups.values()) logGroup.grantWrite(template.executionRole);
    this.templateFamily = resourceName(names, 'template');
    this.taskRole = template.taskRole;
    this.executionRole = template.executionRole;

    const placeholder = new ecrAssets.DockerImageAsset(this, 'Placeholder', {
      directory: PLACEHOLDER,
      platform: ecrAssets.Platform.LINUX_AMD64,
    });
    placeholder.repository.grantPull(template.executionRole);
    const firstRevisions = new FirstRevisions(this, 'FirstRevisions', {
      functionName: resourceName(names, 'first-revision'),
      template: template.definition,
      containerName: container.name,
      placeholder,
      healthPaths: [container.livenessPath, container.readinessPath],
      families: colors.map((color) => resourceName(names, color)),
    });

    const guard = new LiveShapeGuard(this, 'LiveShape', {
      functionName: resourceName(names, 'live-shape'),
      container,
      // A name alone would not make the guard wait for the cluster.
      clusterName: this.cluster.clusterName,
      ledgerTable: resourceName(names, 'ledger'),
      ledgerKeyAlias: resourceName(names, 'release'),
      services: Object.fromEntries(colors.map((color) => [color, resourceName(names, color)])),
    });
    for (const rule of this.letLoadBalancersIn(network, container.port)) rule.node.addDependency(guard);

    const accessLogs = accessLogBucket(this, 'AccessLogs');
    const create = (color: Color): ColorFleet => {
      const logGroup = logGroups.get(color) as logs.LogGroup;
      const fleet = new ColorFleet(this, color === 'blue' ? 'Blue' : 'Green', {
        ...names,
        color,
        container,
        cluster: this.cluster,
        vpc: network.vpc,
        subnets: { subnetGroupName: 'tasks' },
        loadBalancerSecurityGroup: network.loadBalancerSecurityGroup,
        taskSecurityGroup: network.taskSecurityGroup,
        template: template.definition,
        logGroup,
        accessLogs,
        deletionProtection: environment.production,
        alarms: environment.alarms,
      });
      fleet.node.addDependency(guard);
      fleet.service.node.addDependency(firstRevisions.register(color, fleet.family, logGroup.logGroupName));
      // A task needs its permissions from its first second on; the service only refers to the role.
      fleet.service.node.addDependency(template.executionRole);
      return fleet;
    };
    this.fleets =
      environment.strategy === 'rolling' ? { blue: create('blue') } : { blue: create('blue'), green: create('green') };
    new CfnOutput(this, 'ClusterName', { value: this.cluster.clusterName });
  }

  /**
   * From the load balancers to the tasks. Here and not beside their groups: a network with another port would be deployed
   * first, and shut the running tasks off. CloudFormation takes an old rule away last, when the services have the new port.
   */
  private letLoadBalancersIn(
    { loadBalancerSecurityGroup, taskSecurityGroup }: NetworkStack,
    port: number,
  ): (ec2.CfnSecurityGroupEgress | ec2.CfnSecurityGroupIngress)[] {
    const [from, to] = [loadBalancerSecurityGroup.securityGroupId, taskSecurityGroup.securityGroupId];
    const rule = { ipProtocol: 'tcp', fromPort: port, toPort: port, description: 'requests and health checks' };
    return [
      new ec2.CfnSecurityGroupEgress(this, 'ToTasks', { ...rule, groupId: from, destinationSecurityGroupId: to }),
      new ec2.CfnSecurityGroupIngress(this, 'FromLoadBalancers', { ...rule, groupId: to, sourceSecurityGroupId: from }),
    ];
  }

  /** Retained under a fixed name: revisions that run or stand by refer to it (promise P7). */
  private createLogGroup(color: Color, names: Names, { production }: EnvironmentConfig): logs.LogGroup {
    return new logs.LogGroup(this, color === 'blue' ? 'BlueLog' : 'GreenLog', {
      logGroupName: `/greenroom/${resourceName(names)}/${color}`,
      retention: production ? logs.RetentionDays.ONE_YEAR : logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
