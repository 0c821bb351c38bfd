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
        const { desired, taskDefinition } = this.service(name);
        const deployments = [{ status: 'PRIMARY', taskDefinition, rolloutState: 'COMPLETED' }];
        return { status: 'ACTIVE', desiredCount: desired, runningCount: desired, taskDefinition, deployments };
      }),
    }),
    UpdateService: async (input: { service: string; desiredCount: number; taskDefinition?: string }) => {
      const service = this.service(input.service);
      service.desired = input.desiredCount;
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
      const { arn, containerDefinitions, tags, family } = this.resolve(taskDefinition);
      return { taskDefinition: { taskDefinitionArn: arn, family, containerDefinitions }, tags };
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
      ScalableTargets: ResourceIds.filter((id) => serviceOf(id) in this.targets).map((ResourceId) => ({ ResourceId })),
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

const serviceOf = (resourceId: string) => resourceId.split('/').at(-1) as string;
