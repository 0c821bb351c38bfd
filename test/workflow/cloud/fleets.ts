import { AwsError } from '../../../local/cloud/model';

interface Revision {
  readonly arn: string;
  readonly family: string;
  active: boolean;
  readonly containerDefinitions: { name: string; image: string }[];
  readonly tags: { key: string; value: string }[];
}

export interface FakeService {
  desired: number;
  taskDefinition: string;
  /** Healthy targets of the load balancer; follows `desired` unless a test says otherwise. */
  healthy?: number;
  /** Why ECS's circuit breaker has given the deployment up. @default - it has not */
  gaveUp?: string;
  /** Target groups of the service. @default - the color's own */
  targetGroups?: string[];
}

const ARN = 'arn:aws:ecs:eu-central-1:111111111111';

/** ECS, its load balancers and its scaling: fleets that are steady at once. */
export class Fleets {
  readonly revisions: Revision[] = [];
  readonly services: Record<string, FakeService> = {};
  /** Bounds by service, as Application Auto Scaling keeps them. */
  readonly targets: Record<string, { min: number; max: number; suspended: boolean }> = {};

  constructor() {
    this.register('template', 'repository:template', []);
    for (const color of ['blue', 'green']) {
      this.services[color] = { desired: 1, taskDefinition: this.register(color, 'placeholder', []).arn };
    }
  }

  /** Begins as other fleets are. */
  load({ revisions, services, targets }: Pick<Fleets, 'revisions' | 'services' | 'targets'>): void {
    this.revisions.splice(0, Infinity, ...structuredClone(revisions));
    Object.assign(this.services, structuredClone(services));
    Object.assign(this.targets, structuredClone(targets));
  }

  healthy(color: string): number {
    const service = this.service(color);
    return service.healthy ?? service.desired;
  }

  newest(family: string): Revision {
    const found = this.revisions.filter((each) => each.family === family && each.active).at(-1);
    if (found === undefined) throw new AwsError('ClientException', `Unable to describe task definition ${family}`);
    return found;
  }

  /** Digest that a color runs. */
  image(color: string): string {
    const { taskDefinition } = this.service(color);
    return this.revisions.find(({ arn }) => arn === taskDefinition)?.containerDefinitions[0]?.image ?? '';
  }

  readonly operations = {
    DescribeServices: async ({ services }: { services: string[] }) => ({
      services: services.map((name) => {
        const { desired, taskDefinition, gaveUp, targetGroups = [ownTargetGroup(name)] } = this.service(name);
        const rolloutState = gaveUp === undefined ? 'COMPLETED' : 'FAILED';
        const deployments = [{ status: 'PRIMARY', taskDefinition, rolloutState, rolloutStateReason: gaveUp }];
        const loadBalancers = targetGroups.map((targetGroupArn) => ({ targetGroupArn }));
        const sizes = { desiredCount: desired, runningCount: desired };
        return {
          status: 'ACTIVE',
          ...sizes,
          taskDefinition,
          deployments,
          loadBalancers,
          networkConfiguration: SUBNETS,
        };
      }),
    }),
    UpdateService: async (input: { service: string; desiredCount?: number; taskDefinition?: string }) => {
      const service = this.service(input.service);
      service.desired = input.desiredCount ?? service.desired;
      if (input.taskDefinition !== undefined) service.taskDefinition = this.resolve(input.taskDefinition).arn;
      return {};
    },
    ListTasks: async ({ serviceName, desiredStatus }: { serviceName: string; desiredStatus: string }) => ({
      taskArns: desiredStatus === 'STOPPED' ? [] : [`${ARN}:task/${serviceName}`],
    }),
    DescribeTasks: async ({ tasks }: { tasks: string[] }) => {
      const { desired, taskDefinition } = this.service((tasks[0] as string).split('/')[1] as string);
      return {
        tasks: Array(desired).fill({ taskDefinitionArn: taskDefinition, lastStatus: 'RUNNING', containers: [] }),
      };
    },
    DescribeTaskDefinition: async ({ taskDefinition }: { taskDefinition: string }) => {
      const { arn, active, containerDefinitions, tags, family } = this.resolve(taskDefinition);
      const status = active ? 'ACTIVE' : 'INACTIVE';
      return { taskDefinition: { taskDefinitionArn: arn, family, status, containerDefinitions }, tags };
    },
    RegisterTaskDefinition: async (input: Pick<Revision, 'family' | 'containerDefinitions' | 'tags'>) => ({
      taskDefinition: {
        taskDefinitionArn: this.register(input.family, input.containerDefinitions[0]?.image ?? '', input.tags).arn,
      },
    }),
    DeregisterTaskDefinition: async ({ taskDefinition }: { taskDefinition: string }) => {
      this.resolve(taskDefinition).active = false;
      return {};
    },
    DescribeTargetHealth: async ({ TargetGroupArn }: { TargetGroupArn: string }) => ({
      TargetHealthDescriptions: Array(this.healthy(TargetGroupArn)).fill({ TargetHealth: { State: 'healthy' } }),
    }),
    DescribeScalableTargets: async ({ ResourceIds }: { ResourceIds: string[] }) => ({
      ScalableTargets: ResourceIds.flatMap((ResourceId) => {
        const { min, max, suspended } = this.targets[serviceOf(ResourceId)] ?? {};
        if (min === undefined) return [];
        const SuspendedState = { DynamicScalingInSuspended: suspended };
        return { ResourceId, MinCapacity: min, MaxCapacity: max, SuspendedState };
      }),
    }),
    RegisterScalableTarget: async (input: {
      ResourceId: string;
      MinCapacity?: number;
      MaxCapacity?: number;
      SuspendedState?: { DynamicScalingInSuspended?: boolean };
    }) => {
      const name = serviceOf(input.ResourceId);
      const before = this.targets[name];
      if (before === undefined && (input.MinCapacity === undefined || input.MaxCapacity === undefined)) {
        throw new AwsError('ValidationException', 'MinCapacity and MaxCapacity are required for a new target');
      }
      const { min, max } = { min: input.MinCapacity ?? before?.min ?? 0, max: input.MaxCapacity ?? before?.max ?? 0 };
      const suspended = input.SuspendedState?.DynamicScalingInSuspended ?? before?.suspended ?? false;
      this.targets[name] = { min, max, suspended };
      // Registering bounds pulls the current capacity into them at once.
      const service = this.service(name);
      if (input.MinCapacity !== undefined) service.desired = Math.min(max, Math.max(min, service.desired));
      return {};
    },
    DeregisterScalableTarget: async ({ ResourceId }: { ResourceId: string }) => {
      delete this.targets[serviceOf(ResourceId)];
      return {};
    },
    PutScalingPolicy: async () => ({}),
  };

  private register(family: string, image: string, tags: Revision['tags']): Revision {
    const number = this.revisions.filter((each) => each.family === family).length + 1;
    const arn = `${ARN}:task-definition/${family}:${number}`;
    const revision = { arn, family, active: true, containerDefinitions: [{ name: 'app', image }], tags: tags ?? [] };
    this.revisions.push(revision);
    return revision;
  }

  private resolve(name: string): Revision {
    return this.revisions.find(({ arn }) => arn === name) ?? this.newest(name);
  }

  private service(name: string): FakeService {
    const service = this.services[name];
    if (service === undefined) throw new AwsError('ServiceNotFoundException', `no service ${name}`);
    return service;
  }
}

const SUBNETS = { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } };

/** Target group that the template gives a service. */
const ownTargetGroup = (service: string): string | undefined =>
  process.env[service === process.env.BLUE_SERVICE ? 'BLUE_TARGET_GROUP_ARN' : 'GREEN_TARGET_GROUP_ARN'];

const serviceOf = (resourceId: string) => resourceId.split('/').at(-1) as string;
