import type { Service as ApiService, ServiceEvent } from '@aws-sdk/client-ecs';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Deployment } from './deployment';
import type { TargetGroup } from './target-group';
import type { RegisteredTaskDefinition } from './task-definitions';
import { Task, type TaskWorld } from './task';

export interface ServiceOptions {
  readonly name: string;
  readonly arn: string;
  readonly world: TaskWorld;
  readonly group: TargetGroup | undefined;
  readonly containerPort?: number;
  /** Ids of the subnets that the template names. */
  readonly subnets: readonly string[];
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: boolean;
  /** Failing health checks of a young task are not held against it, in real milliseconds. */
  readonly gracePeriodMs: number;
}

/** ECS's threshold is half the desired count, within 3 and 200; no fleet of the local mode is above 6 tasks. */
const FAILED_TASKS_THRESHOLD = 3;
/** Stopped tasks that DescribeTasks still knows. */
const KEPT_STOPPED = 100;

/** An event of a service, for whoever watches. */
export interface FleetEvent {
  readonly service: string;
  readonly kind: 'task' | 'deployment' | 'size';
  readonly message: string;
}

/** An ECS service: keeps the desired number of tasks running, and rolls from one task definition to the next. */
export class Service extends EventEmitter<{ event: [FleetEvent] }> {
  /** PRIMARY first. */
  private deployments: Deployment[] = [];
  private readonly running = new Set<Task>();
  private stopped: Task[] = [];
  private readonly events: ServiceEvent[] = [];
  private desired: number;
  private queued = false;
  private closed = false;
  private pause: NodeJS.Timeout | undefined;
  private crashes = 0;

  constructor(
    readonly options: ServiceOptions,
    definition: RegisteredTaskDefinition,
    desired: number,
  ) {
    super();
    this.desired = desired;
    options.group?.on('change', () => this.queue());
    this.deploy(definition);
  }

  get name(): string {
    return this.options.name;
  }

  get desiredCount(): number {
    return this.desired;
  }

  /** Task definition that the PRIMARY deployment runs. */
  get definition(): RegisteredTaskDefinition {
    return this.primary.definition;
  }

  /** UpdateService: a new deployment when the definition is another one or when it is forced. */
  update(change: { desired?: number; definition?: RegisteredTaskDefinition; force?: boolean }): void {
    if (change.desired !== undefined) this.setDesired(change.desired);
    const definition = change.definition ?? this.definition;
    if (change.force || definition.taskDefinitionArn !== this.definition.taskDefinitionArn) this.deploy(definition);
    this.queue();
  }

  setDesired(desired: number): void {
    if (desired === this.desired) return;
    this.note('size', `desired count ${this.desired} → ${desired}`);
    this.desired = desired;
    this.primary.desired = desired;
    this.primary.updatedAt = new Date();
    this.queue();
  }

  /** Tasks by desired status, as ListTasks gives them. */
  tasks(desiredStatus: string): Task[] {
    return [...this.running, ...this.stopped].filter((task) => task.desired === desiredStatus);
  }

  /** All tasks that are known, stopped ones included. */
  known(): Task[] {
    return [...this.running, ...this.stopped];
  }

  describe(): ApiService {
    const tasks = [...this.running];
    const { options } = this;
    return {
      serviceArn: options.arn,
      serviceName: options.name,
      clusterArn: options.world.clusterArn,
      status: 'ACTIVE',
      launchType: 'FARGATE',
      desiredCount: this.desired,
      runningCount: tasks.filter((task) => task.status === 'RUNNING').length,
      pendingCount: tasks.filter((task) => task.status === 'PENDING').length,
      taskDefinition: this.definition.taskDefinitionArn,
      deployments: this.deployments.map((deployment, index) => deployment.describe(index === 0, tasks)),
      events: this.events.slice(0, 100),
      networkConfiguration: { awsvpcConfiguration: { subnets: [...options.subnets] } },
      loadBalancers: options.group
        ? [
            {
              targetGroupArn: options.group.arn,
              containerName: this.definition.containerDefinitions[0]?.name,
              containerPort: options.containerPort,
            },
          ]
        : [],
      deploymentConfiguration: {
        minimumHealthyPercent: options.minimumHealthyPercent,
        maximumPercent: options.maximumPercent,
        deploymentCircuitBreaker: { enable: options.circuitBreaker, rollback: false },
      },
    };
  }

  /** Ends every task at once. Resolves when all processes are gone. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.pause);
    await Promise.all(
      [...this.running].map((task) => {
        void task.stop('UserInitiated', 'the theatre closes');
        task.kill();
        return task.ended;
      }),
    );
  }

  private get primary(): Deployment {
    return this.deployments[0] as Deployment;
  }

  private deploy(definition: RegisteredTaskDefinition): void {
    this.deployments.unshift(new Deployment(definition, this.desired));
    this.crashes = 0;
    this.note('deployment', `deployment of ${definition.family}:${definition.revision} begins`);
    this.queue();
  }

  /** Several changes in one turn of the event loop lead to one reconciliation. */
  private queue(): void {
    if (this.queued || this.closed) return;
    this.queued = true;
    setImmediate(() => {
      this.queued = false;
      if (!this.closed) this.reconcile();
    });
  }

  /** Moves tasks towards what is desired, within minimum healthy and maximum percent. */
  private reconcile(): void {
    this.stopUnhealthy();
    this.startMissing();
    this.stopSurplus();
    this.settle();
  }

  private of(deployment: Deployment): Task[] {
    return [...this.running].filter((task) => task.deploymentId === deployment.id && task.desired === 'RUNNING');
  }

  private stopUnhealthy(): void {
    for (const task of this.running) {
      if (task.healthy) this.prove(task);
      const { target } = task;
      if (task.desired !== 'RUNNING' || target?.state !== 'unhealthy') continue;
      const age = Date.now() - (task.startedAt?.getTime() ?? 0);
      if (age < this.options.gracePeriodMs) {
        setTimeout(() => this.queue(), this.options.gracePeriodMs - age + 5).unref();
        continue;
      }
      void task.stop(
        'ServiceSchedulerInitiated',
        `Task failed ELB health checks in (target-group ${this.options.group?.arn}): ${target.description}`,
      );
      this.fail(task);
    }
  }

  private startMissing(): void {
    const { primary } = this;
    if (primary.rollout === 'FAILED' || this.pause) return;
    const alive = [...this.running].filter((task) => task.desired === 'RUNNING').length;
    const most = Math.max(Math.floor((this.desired * this.options.maximumPercent) / 100), this.desired);
    const missing = Math.min(primary.desired - this.of(primary).length, most - alive);
    for (let index = 0; index < missing; index += 1) this.startTask(primary);
  }

  private startTask(deployment: Deployment): void {
    const { options } = this;
    const task = new Task(options.world, options.name, deployment.id, deployment.definition, options.group, (changed) =>
      this.taskChanged(changed),
    );
    this.running.add(task);
    void task.start();
  }

  /** Old tasks go as soon as enough others are healthy; surplus ones of the primary go at once. */
  private stopSurplus(): void {
    const { primary } = this;
    const surplus = this.of(primary);
    surplus.sort((a, b) => Number(a.healthy) - Number(b.healthy));
    for (const task of surplus.slice(0, Math.max(0, surplus.length - primary.desired))) this.scaleIn(task);
    const healthy = [...this.running].filter((task) => task.desired === 'RUNNING' && task.healthy).length;
    const floor = Math.ceil((this.desired * this.options.minimumHealthyPercent) / 100);
    let spare = healthy - floor;
    for (const deployment of this.deployments.slice(1)) {
      for (const task of this.of(deployment)) {
        if (task.healthy && (spare -= 1) < 0) continue;
        this.scaleIn(task, deployment);
      }
    }
  }

  private scaleIn(task: Task, deployment = this.primary): void {
    void task.stop('ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${deployment.id})`);
  }

  /** A deployment is complete when its tasks are healthy and no other deployment has a task left. */
  private settle(): void {
    const { primary } = this;
    this.deployments = [
      primary,
      ...this.deployments.slice(1).filter((old) => [...this.running].some((task) => task.deploymentId === old.id)),
    ];
    if (primary.rollout !== 'IN_PROGRESS' || this.deployments.length > 1) return;
    const mine = this.of(primary);
    if (mine.length !== primary.desired || !mine.every((task) => task.healthy)) return;
    primary.conclude('COMPLETED', `ECS deployment ${primary.id} completed.`);
    this.note('deployment', `(service ${this.name}) has reached a steady state.`);
  }

  private taskChanged(task: Task): void {
    this.note('task', `task ${task.id.slice(0, 8)} ${describeTask(task)}`);
    if (task.status === 'STOPPED' && this.running.delete(task)) {
      this.stopped = [task, ...this.stopped].slice(0, KEPT_STOPPED);
      if (task.stopCode === 'TaskFailedToStart' || task.stopCode === 'EssentialContainerExited') this.fail(task);
    }
    this.queue();
  }

  private prove(task: Task): void {
    const deployment = this.deployments.find(({ id }) => id === task.deploymentId);
    if (!deployment || deployment.proven) return;
    deployment.proven = true;
    deployment.failedTasks = 0;
  }

  /** Counts a failed task against its deployment; a proven deployment only restarts more slowly. */
  private fail(task: Task): void {
    const deployment = this.deployments.find(({ id }) => id === task.deploymentId);
    if (!deployment || this.closed) return;
    if (!deployment.proven) deployment.failedTasks += 1;
    if (deployment.failedTasks >= FAILED_TASKS_THRESHOLD && this.options.circuitBreaker) {
      if (deployment.rollout === 'IN_PROGRESS') {
        deployment.conclude('FAILED', 'ECS deployment circuit breaker: tasks failed to start.');
        this.note('deployment', `deployment ${deployment.id} failed: ${task.stoppedReason}`);
      }
      return;
    }
    if (deployment !== this.primary || !deployment.proven) return;
    // A crash is replaced at once, the next ones after 0.5 s, 1 s, 2 s … as ECS throttles restarts.
    this.crashes += 1;
    if (this.crashes < 3 || this.pause) return;
    this.pause = setTimeout(
      () => {
        this.pause = undefined;
        this.queue();
      },
      Math.min(10_000, 500 * 2 ** (this.crashes - 3)),
    );
    this.pause.unref();
  }

  private note(kind: FleetEvent['kind'], message: string): void {
    if (kind !== 'task') this.events.unshift({ id: randomUUID(), createdAt: new Date(), message });
    this.emit('event', { service: this.name, kind, message });
  }
}

function describeTask(task: Task): string {
  const revision = `${task.definition.family}:${task.definition.revision}`;
  if (task.status !== 'STOPPED') return `of ${revision} is ${task.status}`;
  const exit = task.exitCode === undefined ? '' : `, exit code ${task.exitCode}`;
  return `of ${revision} stopped (${task.stoppedReason}${exit})`;
}
