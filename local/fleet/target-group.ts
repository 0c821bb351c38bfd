import { EventEmitter } from 'node:events';
import type { TargetHealthDescription, TargetHealthReasonEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Pool } from 'undici';
import type { Metrics } from './metrics';

/** How a target group checks its targets; times in real milliseconds, already divided by the scaling factor. */
export interface HealthCheck {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Status codes that count as healthy. */
  readonly matches: (status: number) => boolean;
}

export interface TargetGroupOptions {
  readonly arn: string;
  readonly name: string;
  readonly loadBalancerArn: string;
  readonly healthCheck: HealthCheck;
  /** Longest wait for requests in flight of a target that leaves, in real milliseconds. */
  readonly deregistrationDelayMs: number;
  readonly metrics: Metrics;
}

type State = 'initial' | 'healthy' | 'unhealthy' | 'draining';

/** A task behind the balancer. */
export class Target {
  state: State = 'initial';
  reason: TargetHealthReasonEnum | undefined = 'Elb.InitialHealthChecking';
  description: string | undefined = 'Initial health checks in progress';
  successes = 0;
  failures = 0;
  inFlight = 0;
  /** Whether it ever accepted a connection. */
  answered = false;
  /** When it was registered, in milliseconds since the epoch. */
  readonly since = Date.now();
  readonly pool: Pool;
  private readonly gone = new AbortController();
  timer: NodeJS.Timeout | undefined;
  /** Called when the last request in flight has ended. */
  onIdle: (() => void) | undefined;

  constructor(
    /** What the API calls the target's id: the task's address (all tasks share it here). */
    readonly id: string,
    readonly port: number,
  ) {
    // The application's keep-alive timeout is above a minute; the balancer lets go of idle connections first.
    this.pool = new Pool(`http://127.0.0.1:${port}`, { keepAliveTimeout: 10_000, headersTimeout: 60_000 });
  }

  /** Aborted when the target is taken out: joined connections end then, however busy they are. */
  get cut(): AbortSignal {
    return this.gone.signal;
  }

  begin(): void {
    this.inFlight += 1;
  }

  /** Cuts what is still connected. */
  leave(): void {
    this.gone.abort();
    void this.pool.destroy().catch(() => undefined);
  }

  end(): void {
    this.inFlight -= 1;
    if (this.inFlight === 0) this.onIdle?.();
  }
}

/** One target group: real HTTP health checks of real tasks, and the choice of a target for each request. */
export class TargetGroup extends EventEmitter<{ change: [Target] }> {
  private readonly targets = new Set<Target>();
  private readonly sampler: NodeJS.Timeout;
  private turn = 0;
  private closed = false;

  constructor(readonly options: TargetGroupOptions) {
    super();
    // UnHealthyHostCount is a gauge: CloudWatch gets it at regular intervals, not only when it changes.
    this.sampler = setInterval(() => this.sample(), 250);
    this.sampler.unref();
  }

  get arn(): string {
    return this.options.arn;
  }

  /** Series name of a metric of this group. */
  series(metric: string): string {
    return seriesName(metric, this.arn);
  }

  register(id: string, port: number): Target {
    const target = new Target(id, port);
    this.targets.add(target);
    this.schedule(target, 0);
    return target;
  }

  /** No new requests from now on; resolves when those in flight have ended or the delay is over. */
  async deregister(target: Target): Promise<void> {
    if (!this.targets.has(target) || target.state === 'draining') return;
    this.set(target, 'draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress');
    if (target.inFlight > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.options.deregistrationDelayMs);
        target.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.remove(target);
  }

  /** Takes a target out at once: its process is gone. */
  remove(target: Target): void {
    clearTimeout(target.timer);
    if (!this.targets.delete(target)) return;
    target.leave();
    this.emit('change', target);
  }

  /**
   * The target for the next request. With no healthy target an ALB sends requests to the unhealthy ones all the same
   * ("fail open"); undefined when there is none of those either.
   */
  pick(): Target | undefined {
    const healthy = this.inState('healthy');
    const candidates = healthy.length > 0 ? healthy : this.inState('unhealthy');
    if (candidates.length === 0) return undefined;
    this.turn = (this.turn + 1) % candidates.length;
    return candidates[this.turn];
  }

  inState(state: State): Target[] {
    return [...this.targets].filter((target) => target.state === state);
  }

  describe(): TargetHealthDescription[] {
    return [...this.targets].map((target) => ({
      Target: { Id: target.id, Port: target.port },
      HealthCheckPort: String(target.port),
      TargetHealth: {
        State: target.state,
        ...(target.reason ? { Reason: target.reason, Description: target.description } : {}),
      },
    }));
  }

  close(): void {
    this.closed = true;
    clearInterval(this.sampler);
    for (const target of [...this.targets]) this.remove(target);
  }

  private sample(): void {
    const counted = [...this.targets].filter((target) => target.state !== 'draining');
    if (counted.length === 0) return;
    const healthy = counted.filter((target) => target.state === 'healthy').length;
    const unhealthy = counted.filter((target) => target.state === 'unhealthy').length;
    this.options.metrics.record(this.series('HealthyHostCount'), healthy);
    this.options.metrics.record(this.series('UnHealthyHostCount'), unhealthy);
  }

  private schedule(target: Target, delay: number): void {
    if (this.closed || !this.targets.has(target) || target.state === 'draining') return;
    target.timer = setTimeout(() => void this.check(target), delay);
  }

  private async check(target: Target): Promise<void> {
    const { healthCheck } = this.options;
    const problem = await probe(target.pool, healthCheck);
    if (!this.targets.has(target) || target.state === 'draining') return;
    target.answered ||= problem?.reason !== 'Target.FailedHealthChecks';
    if (problem === undefined) {
      target.successes += 1;
      target.failures = 0;
      if (target.state !== 'healthy' && target.successes >= healthCheck.healthyThreshold) this.set(target, 'healthy');
    } else if (!this.isStarting(target, problem)) {
      target.failures += 1;
      target.successes = 0;
      if (target.failures >= healthCheck.unhealthyThreshold) {
        this.set(target, 'unhealthy', problem.reason, problem.description);
      }
    }
    // A target that is not healthy yet is looked at more often, as an ALB does right after registration.
    this.schedule(target, target.state === 'initial' ? healthCheck.intervalMs / 2 : healthCheck.intervalMs);
  }

  private isStarting(target: Target, problem: Problem): boolean {
    if (target.answered || problem.reason !== 'Target.FailedHealthChecks') return false;
    return Date.now() - target.since < START_ALLOWANCE_MS;
  }

  private set(target: Target, state: State, reason?: TargetHealthReasonEnum, description?: string): void {
    const changed = target.state !== state;
    target.state = state;
    target.reason = reason;
    target.description = description;
    if (changed) {
      this.sample();
      this.emit('change', target);
    }
  }
}

/** `metric` of the target group or balancer with this ARN, as the dimension of a CloudWatch metric names it. */
export function seriesName(metric: string, arnOrFullName: string): string {
  return `${metric} ${
    arnOrFullName
      .split(':')
      .at(-1)
      ?.replace(/^loadbalancer\//, '') ?? ''
  }`;
}

/**
 * A process starts in real time, however much the waiting times are divided. Until it listens for the first time, or
 * this many milliseconds have passed, a refused connection says nothing about it.
 */
const START_ALLOWANCE_MS = 10_000;

interface Problem {
  readonly reason: TargetHealthReasonEnum;
  readonly description: string;
}

/** One health check; undefined means it passed. */
async function probe(pool: Pool, check: HealthCheck): Promise<Problem | undefined> {
  try {
    const response = await pool.request({
      path: check.path,
      method: 'GET',
      headers: { 'user-agent': 'ELB-HealthChecker/2.0' },
      headersTimeout: check.timeoutMs,
      bodyTimeout: check.timeoutMs,
    });
    await response.body.dump();
    if (check.matches(response.statusCode)) return undefined;
    return {
      reason: 'Target.ResponseCodeMismatch',
      description: `Health checks failed with these codes: [${response.statusCode}]`,
    };
  } catch (error) {
    const timedOut = (error as { code?: string }).code?.includes('TIMEOUT');
    return timedOut
      ? { reason: 'Target.Timeout', description: 'Request timed out' }
      : { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
  }
}

/** `200`, `200-299` or `200,204` as the Matcher of a target group gives them. */
export function statusMatcher(codes: string): (status: number) => boolean {
  const ranges = codes.split(',').map((part) => {
    const [from, to] = part.trim().split('-').map(Number);
    return { from: from ?? 200, to: to ?? from ?? 200 };
  });
  return (status) => ranges.some((range) => status >= range.from && status <= range.to);
}
