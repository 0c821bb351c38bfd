import {
  type ContainerDefinition,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { Color } from '../domain/color';
import { RELEASE_TAG } from '../domain/tags';
import { ecs, fleetNames } from './fleet';
import { policy, setting } from './settings';

/** What a color's new revision has to run. */
export interface RevisionRequest {
  readonly color: Color;
  readonly release: string;
  readonly version: string;
  readonly digest: string;
  /** A recorded revision to run again instead of the template's newest. */
  readonly source?: string;
}

/**
 * Registers a revision of the color's own family: a clone of the CDK-owned template (or of a recorded revision) with
 * the image pinned to the digest. The same release asking again gets the same revision.
 *
 * @returns the revision's ARN.
 */
export async function registerRevision(request: RevisionRequest): Promise<string> {
  const names = fleetNames(request.color);
  const newest = await describeRevision(names.family);
  if (newest.release === request.release) return newest.definition.taskDefinitionArn as string;
  const { definition } = await describeRevision(request.source ?? setting('TEMPLATE_FAMILY'));
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: names.family,
      containerDefinitions: definition.containerDefinitions?.map((container) => adapt(container, request)),
      taskRoleArn: definition.taskRoleArn,
      executionRoleArn: definition.executionRoleArn,
      networkMode: definition.networkMode,
      volumes: definition.volumes,
      placementConstraints: definition.placementConstraints,
      requiresCompatibilities: definition.requiresCompatibilities,
      cpu: definition.cpu,
      memory: definition.memory,
      runtimePlatform: definition.runtimePlatform,
      ephemeralStorage: definition.ephemeralStorage,
      tags: [{ key: RELEASE_TAG, value: request.release }],
    }),
  );
  return taskDefinition?.taskDefinitionArn as string;
}

/**
 * Takes a failed release's revisions away, so that the newest active revision of a family is what its color ran. There
 * is more than one when a registration was repeated because its answer was lost.
 *
 * @returns the newest active revision that is left.
 */
export async function deregisterRevision(color: Color, release: string): Promise<string> {
  for (;;) {
    const newest = await describeRevision(fleetNames(color).family);
    const taskDefinition = newest.definition.taskDefinitionArn as string;
    if (newest.release !== release) return taskDefinition;
    await deregister(taskDefinition);
  }
}

/** Takes one revision away; a task that runs it goes on. */
export async function deregister(taskDefinition: string): Promise<void> {
  await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
}

/** The digest that a revision pins the application's image to, or null. */
export function pinnedDigest({ containerDefinitions = [] }: TaskDefinition): string | null {
  const { image = '' } = containerDefinitions.find(({ name }) => name === policy().containerName) ?? {};
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? null;
}

/** A revision, or a family's newest active one, and the release that registered it. */
export async function describeRevision(
  taskDefinition: string,
): Promise<{ definition: TaskDefinition; release: string | undefined }> {
  const { taskDefinition: definition, tags } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
  );
  if (definition === undefined) throw new Error(`the task definition ${taskDefinition} does not exist`);
  return { definition, release: tags?.find((tag) => tag.key === RELEASE_TAG)?.value };
}

/** The image of a container of the template, pinned to a digest if it is the application's. */
export function pinnedImage({ name, image = '' }: ContainerDefinition, digest: string): string {
  return name === policy().containerName ? `${image.replace(/[@:][^/]*$/, '')}@${digest}` : image;
}

function adapt(container: ContainerDefinition, request: RevisionRequest): ContainerDefinition {
  if (container.name !== policy().containerName) return container;
  const own: Record<string, string> = { GREENROOM_COLOR: request.color, GREENROOM_VERSION: request.version };
  const kept = (container.environment ?? []).filter(({ name }) => name !== undefined && !(name in own));
  const log = container.logConfiguration;
  return {
    ...container,
    image: pinnedImage(container, request.digest),
    environment: [...kept, ...Object.entries(own).map(([name, value]) => ({ name, value }))],
    logConfiguration: log && {
      ...log,
      options: {
        ...log.options,
        'awslogs-group': fleetNames(request.color).logGroup,
        'awslogs-stream-prefix': request.color,
      },
    },
  };
}
