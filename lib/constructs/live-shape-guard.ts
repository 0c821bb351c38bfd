import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Color } from '../../lambda/domain/color';
import { ALLOW_CONTEXT } from '../../lambda/domain/live-shape';
import type { LiveShapeProperties } from '../../lambda/live-shape/handler';
import type { ContainerConfig } from '../config';
import { HandlerFunction } from './handler-function';

export interface LiveShapeGuardProps {
  readonly functionName: string;
  readonly container: ContainerConfig;
  readonly clusterName: string;
  /** Name of the ledger's table, which a stack that comes later makes. */
  readonly ledgerTable: string;
  /** Alias of the key that the ledger is encrypted with, without `alias/`. */
  readonly ledgerKeyAlias: string;
  /** Names of the services, by color. They do not exist yet when they are guarded first. */
  readonly services: Readonly<Partial<Record<Color, string>>>;
}

/**
 * Keeps a deployment from changing container name, port or readiness path under a version that runs: load balancers,
 * services and the rules between them depend on it, and nothing in CloudFormation knows what is live (promise P7).
 */
export class LiveShapeGuard extends Construct {
  constructor(scope: Construct, id: string, props: LiveShapeGuardProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { container, clusterName, services } = props;
    const { function: guard } = new HandlerFunction(this, 'Handler', {
      functionName: props.functionName,
      folder: 'live-shape',
      description: 'Refuses deployments that would change port or paths under a running version',
      environment: { LEDGER_TABLE: props.ledgerTable },
      statements: [
        new iam.PolicyStatement({
          actions: ['ecs:DescribeServices'],
          resources: Object.values(services).map((service) =>
            stack.formatArn({ service: 'ecs', resource: 'service', resourceName: `${clusterName}/${service}` }),
          ),
        }),
        new iam.PolicyStatement({
          // Neither action knows resources.
          actions: ['ecs:DescribeTaskDefinition', 'elasticloadbalancing:DescribeTargetGroups'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [stack.stackId] }),
        ...this.recordAllowances(stack, props),
      ],
    });
    const properties: LiveShapeProperties = {
      Cluster: clusterName,
      Services: services,
      ContainerName: container.name,
      Port: String(container.port),
      ReadinessPath: container.readinessPath,
      Allowed: String(this.node.tryGetContext(ALLOW_CONTEXT) ?? ''),
    };
    new CustomResource(this, 'Shape', {
      serviceToken: guard.functionArn,
      resourceType: 'Custom::LiveShape',
      serviceTimeout: Duration.minutes(2),
      properties: { ...properties },
    });
  }

  /** Table and key by name: whatever is allowed happens to versions that were released, so that both are there by then. */
  private recordAllowances(stack: Stack, { ledgerTable, ledgerKeyAlias }: LiveShapeGuardProps): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        actions: ['dynamodb:PutItem'],
        resources: [stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: ledgerTable })],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['acts'] } },
      }),
      new iam.PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
        conditions: {
          StringEquals: { 'kms:ViaService': `dynamodb.${stack.region}.${stack.urlSuffix}` },
          'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/${ledgerKeyAlias}` },
        },
      }),
    ];
  }
}
