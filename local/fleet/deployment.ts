import type { Deployment as ApiDeployment } from '@aws-sdk/client-ecs';
import { randomUUID } from 'node:crypto';
import type { Task } from './task';
import type { RegisteredTaskDefinition } from './task-definitions';

export type Rollout = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** One deployment of a service: what it runs and how far it got. */
export class Deployment {
  readonly id = `ecs-svc/${randomUUID().replaceAll('-', '').slice(0, 19)}`;
  rollout: Rollout = 'IN_PROGRESS';
  failedTasks = 0;
  /** True once a task of it was healthy: from then on the circuit breaker looks away. */
  proven = false;
  updatedAt = new Date();
  private reason = `ECS deployment ${this.id} in progress.`;
  private readonly createdAt = new Date();

  constructor(
    readonly definition: RegisteredTaskDefinition,
    public desired: number,
  ) {}

  conclude(rollout: Rollout, reason: string): void {
    this.rollout = rollout;
    this.reason = reason;
    this.updatedAt = new Date();
  }

  /** As DescribeServices gives it. @param tasks all tasks of the service that are not stopped */
  describe(primary: boolean, tasks: readonly Task[]): ApiDeployment {
    const own = tasks.filter((task) => task.deploymentId === this.id);
    return {
      id: this.id,
      status: primary ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: this.definition.taskDefinitionArn,
      desiredCount: primary ? this.desired : 0,
      pendingCount: own.filter((task) => task.status === 'PENDING').length,
      runningCount: own.filter((task) => task.status === 'RUNNING').length,
      failedTasks: this.failedTasks,
      rolloutState: this.rollout,
      rolloutStateReason: this.reason,
      createdAt: this.createdAt,
      updatedAt: this.updatedAt,
      launchType: 'FARGATE',
    };
  }
}
