import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Color } from '../../lambda/domain/color';
import type { FirstRevisionProperties } from '../../lambda/first-revision/handler';
import { HandlerFunction } from './handler-function';

export interface FirstRevisionsProps {
  readonly functionName: string;
  readonly template: ecs.FargateTaskDefinition;
  readonly containerName: string;
  readonly placeholder: ecrAssets.DockerImageAsset;
  /** Paths that the placeholder answers as healthy. */
  readonly healthPaths: readonly string[];
  /** The families that get a first revision. */
  readonly families: readonly string[];
}

/**
 * Registers the first revision of the families that the workflow owns, with a placeholder image: without it the first
 * `cdk deploy` on an empty account would wait for services whose family does not exist. Only creation does something.
 */
export class FirstRevisions extends Construct {
  private readonly handler: HandlerFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FirstRevisionsProps,
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    this.handler = new HandlerFunction(this, 'Handler', {
      functionName: props.functionName,
      folder: 'first-revision',
      description: 'Registers the first revision of a color that has none',
      statements: [
        new iam.PolicyStatement({
          // Neither action knows resources.
          actions: ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          actions: ['ecs:RegisterTaskDefinition'],
          resources: props.families.map((family) =>
            stack.formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${family}:*` }),
          ),
        }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [props.template.taskRole.roleArn, props.template.obtainExecutionRole().roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        }),
      ],
    });
  }

  /** The first revision of a color; the color's service has to depend on it. */
  register(color: Color, family: string, logGroupName: string): CustomResource {
    const { template, containerName, placeholder, healthPaths } = this.props;
    const properties: FirstRevisionProperties = {
      Family: family,
      TemplateFamily: template.family,
      ContainerName: containerName,
      Color: color,
      Image: placeholder.imageUri,
      LogGroup: logGroupName,
      HealthPaths: healthPaths.join(','),
    };
    const resource = new CustomResource(this, color, {
      serviceToken: this.handler.function.functionArn,
      resourceType: 'Custom::FirstRevision',
      serviceTimeout: Duration.minutes(5),
      properties: { ...properties },
    });
    resource.node.addDependency(template);
    return resource;
  }
}
