import { accessOf } from './access';
import type { Partition } from './arns';
import { AwsError } from './model';
import type { CloudModel, Principal, ServiceName } from './model';
import type { Allows } from './roles';

/** What the fault hook may do to a call. `lost-answer`: the effect happens, the connection breaks before the answer. */
export type Fault = 'throttle' | 'error' | 'denied' | 'lost-answer';

/** One call that was made, whichever door it came through. */
export interface Call {
  readonly service: ServiceName;
  /** Command name without `Command`. */
  readonly operation: string;
  readonly principal: Principal;
  readonly input: unknown;
  /** The error's name, when it failed. */
  readonly error?: string;
  readonly ms: number;
}

export interface GateOptions extends Partition {
  readonly models: CloudModel;
  readonly allows: Allows;
  /** Told of every call when it has been answered. @default - nobody */
  readonly onCall?: (call: Call) => void;
  /** Asked before every call. @default - no faults */
  readonly faults?: (call: Omit<Call, 'ms' | 'error'>) => Fault | undefined;
}

/** Thrown in place of an answer that is to be lost; the doors break the connection. */
export class LostAnswer extends Error {
  constructor(service: ServiceName, operation: string) {
    super(`the answer of ${service} ${operation} is lost, its effect is done`);
    this.name = 'LostAnswer';
  }
}

/** Every call to the model goes through it: permission, injected fault, operation, call log. */
export class Gate {
  constructor(private readonly options: GateOptions) {}

  /** Operations that there is a model of. */
  offered(service: ServiceName): string[] {
    return Object.keys(this.options.models[service] ?? {});
  }

  /** @throws AwsError as the service would answer it, LostAnswer when a fault says so */
  async call(service: ServiceName, operation: string, principal: Principal, input: object): Promise<object> {
    const started = performance.now();
    const about = { service, operation, principal, input };
    const log = (error?: unknown) =>
      this.options.onCall?.({
        ...about,
        ...(error !== undefined && { error: error instanceof Error ? error.name : String(error) }),
        ms: performance.now() - started,
      });
    try {
      const fault = this.options.faults?.(about);
      const output = await this.answer(service, operation, principal, input, fault);
      if (fault === 'lost-answer') throw new LostAnswer(service, operation);
      log();
      return output;
    } catch (error) {
      log(error);
      throw error;
    }
  }

  private async answer(service: ServiceName, name: string, principal: Principal, input: object, fault?: Fault) {
    if (fault === 'throttle') throw throttled(service);
    if (fault === 'error') throw new AwsError('InternalFailure', 'an internal error was injected', 500);
    if (fault === 'denied') throw denied(service, 'an access denial was injected');
    const operation = this.options.models[service]?.[name];
    if (!operation) throw new AwsError('UnknownOperationException', `the local cloud has no ${service} ${name}`);
    for (const { action, resource, context } of accessOf(service, name, input, this.options)) {
      const decision = this.options.allows(principal, action, resource, context);
      if (!decision.allowed) throw denied(service, decision.reason);
    }
    try {
      return await operation(input, principal);
    } catch (error) {
      throw this.hideMissing(service, principal, input, error);
    }
  }

  /** S3 tells nobody that an object is missing who may not list its bucket: the answer is AccessDenied. */
  private hideMissing(service: ServiceName, principal: Principal, input: object, error: unknown): unknown {
    const missing = error instanceof AwsError && (error.code === 'NoSuchKey' || error.code === 'NotFound');
    if (service !== 's3' || !missing) return error;
    const bucket = `arn:aws:s3:::${(input as { Bucket?: string }).Bucket}`;
    const decision = this.options.allows(principal, 's3:ListBucket', bucket);
    return decision.allowed ? error : denied(service, `${decision.reason} (the object is missing)`);
  }
}

/** AccessDenied as the service says it. */
function denied(service: ServiceName, reason: string): AwsError {
  switch (service) {
    case 's3':
    case 'cloudfront':
    case 'rds':
    case 'elastic-load-balancing-v2':
      return new AwsError('AccessDenied', reason, 403);
    case 'sns':
      return new AwsError('AuthorizationErrorException', reason, 403);
    case 'cloudfront-keyvaluestore':
    case 'scheduler':
    case 'lambda':
      return new AwsError('AccessDeniedException', reason, 403);
    default:
      return new AwsError('AccessDeniedException', reason);
  }
}

function throttled(service: ServiceName): AwsError {
  const message = 'Rate exceeded (injected)';
  switch (service) {
    case 's3':
      return new AwsError('SlowDown', message, 503);
    case 'cloudfront':
    case 'rds':
    case 'elastic-load-balancing-v2':
    case 'sns':
      return new AwsError('Throttling', message);
    case 'lambda':
      return new AwsError('TooManyRequestsException', message, 429);
    default:
      return new AwsError('ThrottlingException', message);
  }
}
