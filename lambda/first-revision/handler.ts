import {
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { customResource } from '../custom-resource/respond';
import { PLACEHOLDER_VERSION } from '../domain/live-shape';

const ecs = new ECSClient({});

/** Properties of the custom resource `Custom::FirstRevision`; all of them are text. */
export interface FirstRevisionProperties {
  /** The color's own family, which the workflow owns from then on. */
  readonly Family: string;
  /** The CDK-owned family that is cloned. */
  readonly TemplateFamily: string;
  readonly ContainerName: string;
  readonly Color: string;
  /** The placeholder's image. */
  readonly Image: string;
  readonly LogGroup: string;
  /** Paths that the placeholder answers with 200, separated by commas. */
  readonly HealthPaths: string;
}

/**
 * Gives a color's task definition family its first revision, so that its service can be created before any release
 * exists. Once the family has an active revision, nothing is ever done again: from the first release on it belongs to
 * the workflow, and an update of the stack must not put the placeholder on top of what is live (promise P7).
 */
export const handler = customResource(async (event) => {
  const properties = event.ResourceProperties as unknown as FirstRevisionProperties;
  if (event.RequestType === 'Create') await registerOnce(properties);
  // The id stays the one of the creation: a new one would make CloudFormation "delete" the old family.
  const physicalId = event.RequestType === 'Create' ? properties.Family : event.PhysicalResourceId;
  return { physicalId };
});

async function registerOnce(properties: FirstRevisionProperties): Promise<void> {
  const { taskDefinitionArns } = await ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: properties.Family, status: 'ACTIVE', maxResults: 1 }),
  );
  if (taskDefinitionArns?.length) return;
  const { taskDefinition: template } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: properties.TemplateFamily }),
  );
  const containers = template?.containerDefinitions;
  if (!containers?.some((container) => container.name === properties.ContainerName)) {
    throw new Error(`the task definition ${properties.TemplateFamily} has no container "${properties.ContainerName}"`);
  }
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: properties.Family,
      containerDefinitions: containers
        .filter((container) => container.name === properties.ContainerName)
        .map((container) => placeholder(container, properties)),
      taskRoleArn: template?.taskRoleArn,
      executionRoleArn: template?.executionRoleArn,
      networkMode: template?.networkMode,
      volumes: template?.volumes,
      requiresCompatibilities: template?.requiresCompatibilities,
      cpu: template?.cpu,
      memory: template?.memory,
      runtimePlatform: template?.runtimePlatform,
    }),
  );
}

/** The application's container with the placeholder in it: what belongs to the application's own image goes. */
function placeholder(container: ContainerDefinition, properties: FirstRevisionProperties): ContainerDefinition {
  const log = container.logConfiguration;
  const own = {
    GREENROOM_COLOR: properties.Color,
    GREENROOM_VERSION: PLACEHOLDER_VERSION,
    HEALTH_PATHS: properties.HealthPaths,
  };
  return {
    ...container,
    image: properties.Image,
    command: undefined,
    entryPoint: undefined,
    workingDirectory: undefined,
    healthCheck: undefined,
    // The placeholder has no use for the database: it must start also while the database cannot be reached.
    secrets: undefined,
    environment: [
      ...(container.environment ?? []).filter(({ name }) => name === 'PORT'),
      ...Object.entries(own).map(([name, value]) => ({ name, value })),
    ],
    logConfiguration: log && {
      ...log,
      options: { ...log.options, 'awslogs-group': properties.LogGroup, 'awslogs-stream-prefix': properties.Color },
    },
  };
}
