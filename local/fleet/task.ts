import type { Container, KeyValuePair, Task as ApiTask, TaskStopCode } from '@aws-sdk/client-ecs';
import { randomUUID } from 'node:crypto';
import type { LogGroups } from './logs';
import { returnPort, takePort } from './ports';
import type { Scope } from './scope';
import type { Target, TargetGroup } from './target-group';
import type { RegisteredTaskDefinition } from './task-definitions';
import { TaskProcess } from './task-process';

/** What stands for an image: a program that Node.js runs, in a folder. */
export interface RunnableImage {
  readonly directory: string;
  /** Absolute path of the program. */
  readonly entry: string;
  readonly digest: string;
}

/** What tasks need from the rest of the local mode. */
export interface TaskWorld {
  readonly scope: Scope;
  readonly clusterArn: string;
  readonly logs: LogGroups;
  /** What an image reference stands for; undefined when there is no such image. */
  readonly image: (reference: string) => RunnableImage | undefined;
  /** SecretString by ARN; undefined when there is no such secret. */
  readonly secret: (arn: string) => string | undefined;
  /** Told of processes as they come and go, so that they can be ended even if the theatre dies. */
  readonly onProcess?: (pid: number, running: boolean) => void;
}

type Status = 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED';

/** Default of ECS for a container without `stopTimeout`. */
const STOP_TIMEOUT_SECONDS = 30;

/**
 * One task: a real process of the image's entry. Only the essential container (the first that maps a port) is run;
 * a task of the sample application has no other.
 */
export class Task {
  readonly id = randomUUID().replaceAll('-', '');
  readonly arn: string;
  status: Status = 'PENDING';
  desired: 'RUNNING' | 'STOPPED' = 'RUNNING';
  target: Target | undefined;
  stopCode: TaskStopCode | undefined;
  stoppedReason: string | undefined;
  exitCode: number | undefined;
  readonly createdAt = new Date();
  startedAt: Date | undefined;
  stoppingAt: Date | undefined;
  stoppedAt: Date | undefined;
  /** Resolves when the task is STOPPED. */
  readonly ended: Promise<void>;
  private end: () => void = () => undefined;
  private process: TaskProcess | undefined;
  private port: number | undefined;
  private digest: string | undefined;
  private containerReason: string | undefined;

  constructor(
    private readonly world: TaskWorld,
    private readonly service: string,
    /** Deployment that started it. */
    readonly deploymentId: string,
    readonly definition: RegisteredTaskDefinition,
    private readonly group: TargetGroup | undefined,
    private readonly onChange: (task: Task) => void,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    const cluster = world.clusterArn.split('/').at(-1);
    this.arn = `arn:aws:ecs:${world.scope.region}:${world.scope.account}:task/${cluster}/${this.id}`;
  }

  get healthy(): boolean {
    return this.status === 'RUNNING' && (this.group === undefined || this.target?.state === 'healthy');
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the process and puts it behind the target group. Failures end the task as ECS would end it. */
  async start(): Promise<void> {
    try {
      const image = this.world.image(this.container.image ?? '');
      if (!image) {
        throw new Error(
          `CannotPullContainerError: pull image manifest: ${this.container.image}: not found; push the image first`,
        );
      }
      this.digest = image.digest;
      this.port = await takePort();
      const env = this.environment(this.port);
      if (this.desired === 'STOPPED') return this.finish();
      this.process = new TaskProcess({
        entry: image.entry,
        cwd: image.directory,
        env,
        onLine: (line) => this.log(line),
        onExit: (exit) => this.exited(exit.code, exit.error),
      });
      if (this.process.pid !== undefined) this.world.onProcess?.(this.process.pid, true);
      this.status = 'RUNNING';
      this.startedAt = new Date();
      this.target = this.group?.register('127.0.0.1', this.port);
      this.onChange(this);
    } catch (error) {
      this.ends('TaskFailedToStart', (error as Error).message);
      this.containerReason = (error as Error).message;
      this.finish();
    }
  }

  /** Leaves the balancer, finishes its requests, and is then ended. */
  async stop(code: TaskStopCode, reason: string): Promise<void> {
    if (this.desired === 'STOPPED') return;
    this.ends(code, reason);
    if (!this.process) return; // `start` sees it and ends.
    this.status = 'DEACTIVATING';
    this.onChange(this);
    if (this.target) await this.group?.deregister(this.target);
    if (this.stoppedAt) return;
    this.status = 'STOPPING';
    await this.process.stop((this.container.stopTimeout ?? STOP_TIMEOUT_SECONDS) * 1000);
  }

  /** SIGKILL, for a fault or for closing the theatre: no draining, no grace. */
  kill(): void {
    this.process?.kill();
  }

  describe(): ApiTask {
    const { definition } = this;
    const container: Container = {
      containerArn: this.arn.replace(':task/', ':container/'),
      taskArn: this.arn,
      name: this.container.name,
      image: this.container.image,
      imageDigest: this.digest,
      lastStatus: this.status === 'DEACTIVATING' || this.status === 'STOPPING' ? 'RUNNING' : this.status,
      healthStatus: this.healthStatus,
      exitCode: this.exitCode,
      reason: this.containerReason,
      runtimeId: this.pid === undefined ? undefined : String(this.pid),
    };
    return {
      taskArn: this.arn,
      clusterArn: this.world.clusterArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      group: `service:${this.service}`,
      startedBy: this.deploymentId,
      launchType: 'FARGATE',
      lastStatus: this.status,
      desiredStatus: this.desired,
      healthStatus: this.healthStatus,
      containers: [container],
      cpu: definition.cpu,
      memory: definition.memory,
      createdAt: this.createdAt,
      startedAt: this.startedAt,
      stoppingAt: this.stoppingAt,
      stoppedAt: this.stoppedAt,
      stopCode: this.stopCode,
      stoppedReason: this.stoppedReason,
    };
  }

  private get container() {
    const containers = this.definition.containerDefinitions;
    const found = containers.find((candidate) => (candidate.portMappings ?? []).length > 0) ?? containers[0];
    if (!found) throw new Error(`${this.definition.taskDefinitionArn} has no container`);
    return found;
  }

  private get healthStatus(): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
    if (!this.container.healthCheck || this.status === 'PENDING' || this.status === 'STOPPED') return 'UNKNOWN';
    if (this.target?.state === 'unhealthy') return 'UNHEALTHY';
    return this.healthy || this.target?.state === 'draining' ? 'HEALTHY' : 'UNKNOWN';
  }

  /** Variables of the container; PORT (and HOST) say what a container runtime would map: a loopback port. */
  private environment(port: number): Record<string, string> {
    const pairs = (this.container.environment ?? []).map(({ name, value }: KeyValuePair) => [name ?? '', value ?? '']);
    const secrets = (this.container.secrets ?? []).map(({ name, valueFrom }) => [
      name ?? '',
      resolveSecret(valueFrom ?? '', this.world.secret),
    ]);
    return { ...Object.fromEntries([...pairs, ...secrets]), PORT: String(port), HOST: '127.0.0.1' };
  }

  private log(line: string): void {
    const options = this.container.logConfiguration?.options ?? {};
    const group = options['awslogs-group'];
    if (!group) return;
    const stream = [options['awslogs-stream-prefix'], this.container.name, this.id].filter(Boolean).join('/');
    this.world.logs.append(group, stream, line);
  }

  private exited(code: number, error: Error | undefined): void {
    if (this.process?.pid !== undefined) this.world.onProcess?.(this.process.pid, false);
    this.exitCode = code;
    if (error) this.containerReason = error.message;
    this.ends('EssentialContainerExited', 'Essential container in task exited');
    if (this.target) this.group?.remove(this.target);
    this.finish();
  }

  /** The first reason stays: what follows from it is not a reason. */
  private ends(code: TaskStopCode, reason: string): void {
    this.desired = 'STOPPED';
    if (this.stopCode) return;
    this.stopCode = code;
    this.stoppedReason = reason;
    this.stoppingAt = new Date();
  }

  private finish(): void {
    this.status = 'STOPPED';
    this.stoppedAt = new Date();
    if (this.port !== undefined) returnPort(this.port);
    this.end();
    this.onChange(this);
  }
}

/** `arn:aws:secretsmanager:…:secret:name:key::` gives the member `key` of the secret; without a key the whole value. */
function resolveSecret(reference: string, secret: (arn: string) => string | undefined): string {
  const parts = reference.split(':');
  const arn = parts.slice(0, 7).join(':');
  const key = parts[7];
  const value = secret(arn);
  if (value === undefined) {
    throw new Error(`ResourceInitializationError: unable to pull secrets: no secret ${arn}; check the task definition`);
  }
  if (!key) return value;
  const member = (JSON.parse(value) as Record<string, unknown>)[key];
  if (member === undefined) {
    throw new Error(`ResourceInitializationError: unable to pull secrets: ${arn} has no member "${key}"`);
  }
  return String(member);
}
