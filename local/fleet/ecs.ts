import type {
  DeregisterTaskDefinitionCommandInput,
  DescribeServicesCommandInput,
  DescribeTaskDefinitionCommandInput,
  DescribeTasksCommandInput,
  ListTaskDefinitionsCommandInput,
  ListTasksCommandInput,
  RegisterTaskDefinitionCommandInput,
  UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import type { Service } from './service';
import type { TaskDefinitions } from './task-definitions';

/** The `ecs` model over real services. */
export function ecsModel(world: {
  readonly cluster: { readonly name: string; readonly arn: string };
  readonly definitions: TaskDefinitions;
  readonly services: ReadonlyMap<string, Service>;
}): ServiceModel {
  const { cluster, definitions, services } = world;

  const inCluster = (reference: string | undefined): void => {
    if (reference !== cluster.name && reference !== cluster.arn) {
      throw new AwsError('ClusterNotFoundException', `Cluster not found: ${reference ?? 'default'}.`);
    }
  };
  const lookUp = (reference: string | undefined): Service | undefined =>
    services.get((reference ?? '').split('/').at(-1) ?? '');
  const service = (reference: string | undefined): Service => {
    const found = lookUp(reference);
    if (!found) throw new AwsError('ServiceNotFoundException', `Service not found: ${reference ?? ''}.`);
    return found;
  };
  const allTasks = () => [...services.values()].flatMap((each) => each.known());

  return {
    DescribeServices: async (input: DescribeServicesCommandInput) => {
      inCluster(input.cluster);
      const names = input.services ?? [];
      return {
        services: names.flatMap((name) => lookUp(name)?.describe() ?? []),
        failures: names.filter((name) => !lookUp(name)).map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },

    UpdateService: async (input: UpdateServiceCommandInput) => {
      inCluster(input.cluster);
      const found = service(input.service);
      if (input.desiredCount !== undefined && input.desiredCount < 0) {
        throw new AwsError('InvalidParameterException', `desiredCount ${input.desiredCount} is below 0.`);
      }
      const definition = input.taskDefinition === undefined ? undefined : definitions.find(input.taskDefinition);
      if (definition?.status === 'INACTIVE') {
        throw new AwsError('ClientException', `TaskDefinition is inactive: ${definition.taskDefinitionArn}`);
      }
      found.update({ desired: input.desiredCount, definition, force: input.forceNewDeployment });
      return { service: found.describe() };
    },

    DescribeTaskDefinition: async (input: DescribeTaskDefinitionCommandInput) => {
      const taskDefinition = definitions.find(input.taskDefinition ?? '');
      const tags = input.include?.includes('TAGS') ? definitions.tagsOf(taskDefinition.taskDefinitionArn) : undefined;
      return { taskDefinition, tags };
    },

    RegisterTaskDefinition: async (input: RegisterTaskDefinitionCommandInput) => ({
      taskDefinition: definitions.register(input),
      tags: input.tags,
    }),

    DeregisterTaskDefinition: async (input: DeregisterTaskDefinitionCommandInput) => ({
      taskDefinition: definitions.deregister(input.taskDefinition ?? ''),
    }),

    ListTaskDefinitions: async (input: ListTaskDefinitionsCommandInput) => {
      const arns = definitions.list(input.familyPrefix, input.status ?? 'ACTIVE');
      if (input.sort === 'DESC') arns.reverse();
      return page(arns, input, 'taskDefinitionArns');
    },

    ListTasks: async (input: ListTasksCommandInput) => {
      inCluster(input.cluster);
      const tasks = (input.serviceName ? service(input.serviceName).known() : allTasks())
        .filter((task) => task.desired === (input.desiredStatus ?? 'RUNNING'))
        .filter((task) => input.family === undefined || task.definition.family === input.family)
        .filter((task) => input.startedBy === undefined || task.deploymentId === input.startedBy);
      return page(
        tasks.map((task) => task.arn),
        input,
        'taskArns',
      );
    },

    DescribeTasks: async (input: DescribeTasksCommandInput) => {
      inCluster(input.cluster);
      const wanted = input.tasks ?? [];
      const known = new Map(allTasks().flatMap((task) => [[task.arn, task] as const, [task.id, task] as const]));
      return {
        tasks: wanted.flatMap((reference) => known.get(reference)?.describe() ?? []),
        failures: wanted.filter((reference) => !known.has(reference)).map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },
  };
}

function page(items: string[], input: { maxResults?: number; nextToken?: string }, member: string): object {
  const offset = Number(input.nextToken ?? 0);
  const end = offset + (input.maxResults ?? 100);
  return { [member]: items.slice(offset, end), nextToken: end < items.length ? String(end) : undefined };
}
