import type { DurationText } from '../duration';

export interface ContainerOptions {
  /** Name of the application's container in the task definition. @default 'app' */
  readonly name?: string;
  /** Port that the application listens on, 1024 to 65535: it does not run as root. @default 8080 */
  readonly port?: number;
  /**
   * Further ports that the application listens on, each 1024 to 65535. Nobody is let in there: they are what a change of
   * `port` goes through, since an environment that has released only takes a port that its running versions have.
   * @default []
   */
  readonly additionalPorts?: readonly number[];
  /** CPU units of a task, 1024 are one vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. @default 512 */
  readonly cpu?: number;
  /** Memory of a task in MiB; Fargate offers certain values for each `cpu`. @default 1024 */
  readonly memory?: number;
  /** Path that answers 2xx while the process is alive, whatever the database does. @default '/livez' */
  readonly livenessPath?: string;
  /** Path that answers 200 when the application can serve: database reachable, schema new enough. @default '/readyz' */
  readonly readinessPath?: string;
  /**
   * Folders of files that only one version may know, for example those with hashed names. What the color that serves a
   * viewer does not have there comes from the other color while that one is warm.
   * @default ['/assets/', '/static/']
   */
  readonly assetPaths?: readonly string[];
  /** Plain environment variables; secrets do not belong here. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Time between SIGTERM and SIGKILL, 1 to 120 seconds. @default '45s' */
  readonly stopTimeout?: DurationText;
}

export interface SizeOptions {
  /** Fewest tasks of the live fleet, at least 1, in production at least 2. @default 2 in production, 1 elsewhere */
  readonly min?: number;
  /** Most tasks of the live fleet. @default - four times `min` */
  readonly max?: number;
  /** Average CPU that scaling aims at, 10 to 90 percent. @default 60 */
  readonly targetCpuPercent?: number;
}

/** Alarms on each color, and others of yours that a release has to listen to. */
export interface AlarmOptions {
  /** Answers 5xx of a color's targets and load balancer. @default threshold 5, period '1m' */
  readonly errors5xx?: AlarmThresholdOptions;
  /** Unhealthy targets of a color. @default threshold 1, period '1m' */
  readonly unhealthyHosts?: AlarmThresholdOptions;
  /**
   * Share of a color's requests that its tasks answer with 5xx, in percent.
   * @default threshold 5, period '1m', no less than 20 requests
   */
  readonly errorRate?: AlarmThresholdOptions & {
    /** In a period with fewer requests than this the share says nothing, and counts as none. @default 20 */
    readonly minRequests?: number;
  };
  /** Time in milliseconds within which a color answers 95 of 100 requests. @default threshold 2000, period '1m', evaluationPeriods 3 */
  readonly latencyP95?: AlarmThresholdOptions;
  /**
   * Alarms of your own, by name or ARN, in the environment's account and region; at most 40. One that begins to ring
   * after the cutover stops the release; one that rang before it does not, since the release may be what mends it.
   * @default []
   */
  readonly own?: readonly string[];
}

export interface AlarmThresholdOptions {
  /** The alarm rings at this number or above, counted over `period`. */
  readonly threshold?: number;
  /** 10 or 30 seconds, or whole minutes up to an hour. */
  readonly period?: DurationText;
  /** Periods in a row that must be at or above the threshold, 1 to 10. @default 1 */
  readonly evaluationPeriods?: number;
}
