import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, TaskDefinition } from '@aws-sdk/client-ecs';
import { AwsError } from '../cloud/model';
import type { Scope } from './scope';

/** A task definition as ECS answers it: what the fleet relies on is always there. */
export type RegisteredTaskDefinition = TaskDefinition & {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly containerDefinitions: ContainerDefinition[];
};

type Registration = Partial<RegisterTaskDefinitionCommandInput>;

/** The task definition families of the account: revisions only grow, deregistered ones stay readable. */
export class TaskDefinitions {
  private readonly families = new Map<string, RegisteredTaskDefinition[]>();
  private readonly tags = new Map<string, RegisterTaskDefinitionCommandInput['tags']>();

  constructor(private readonly scope: Scope) {}

  /** @throws AwsError ClientException when family or containers are missing. */
  register(input: Registration): RegisteredTaskDefinition {
    if (!input.family || !/^[A-Za-z0-9_-]{1,255}$/.test(input.family)) {
      throw new AwsError('ClientException', `Invalid family "${input.family ?? ''}".`);
    }
    const containers = input.containerDefinitions ?? [];
    if (containers.length === 0 || containers.some((container) => !container.name || !container.image)) {
      throw new AwsError('ClientException', 'Container definitions need at least one container with name and image.');
    }
    const revisions = this.families.get(input.family) ?? [];
    const revision = revisions.length + 1;
    const { tags, ...rest } = input;
    const registered = {
      ...structuredClone(rest),
      family: input.family,
      containerDefinitions: structuredClone(containers),
      revision,
      status: 'ACTIVE' as const,
      registeredAt: new Date(),
      taskDefinitionArn: `arn:aws:ecs:${this.scope.region}:${this.scope.account}:task-definition/${input.family}:${revision}`,
    };
    this.families.set(input.family, [...revisions, registered]);
    this.tags.set(registered.taskDefinitionArn, tags ?? []);
    return registered;
  }

  deregister(reference: string): RegisteredTaskDefinition {
    if (!/:\d+$/.test(reference)) {
      throw new AwsError('ClientException', `A revision is needed to deregister "${reference}".`);
    }
    const found = this.find(reference);
    found.status = 'INACTIVE';
    found.deregisteredAt = new Date();
    return found;
  }

  /**
   * By ARN, `family:revision`, or `family`: the newest ACTIVE revision.
   * @throws AwsError ClientException as ECS words it.
   */
  find(reference: string): RegisteredTaskDefinition {
    const [family = '', revision] = (reference.split('task-definition/').at(-1) ?? '').split(':');
    const revisions = this.families.get(family) ?? [];
    const found =
      revision === undefined
        ? revisions.findLast((candidate) => candidate.status === 'ACTIVE')
        : revisions.find((candidate) => String(candidate.revision) === revision);
    if (!found) throw new AwsError('ClientException', `Unable to describe task definition. (${reference})`);
    return found;
  }

  tagsOf(arn: string): RegisterTaskDefinitionCommandInput['tags'] {
    return this.tags.get(arn);
  }

  /** ARNs of the revisions with this status, oldest first. */
  list(family: string | undefined, status: string): string[] {
    const families = family === undefined ? [...this.families.values()] : [this.families.get(family) ?? []];
    return families
      .flat()
      .filter((candidate) => candidate.status === status)
      .map((candidate) => candidate.taskDefinitionArn);
  }
}

/** Members of a task definition whose keys are the user's own words, so that their case is kept. */
const VERBATIM = new Set(['Options', 'DockerLabels']);

/** Turns properties of a template (`ContainerDefinitions`) into the API's spelling (`containerDefinitions`). */
export function toApiSpelling(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toApiSpelling);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      VERBATIM.has(key) ? structuredClone(member) : toApiSpelling(member),
    ]),
  );
}
