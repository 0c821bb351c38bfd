import { ReleaseError } from '../domain/errors';

const TRANSIENT_NAMES =
  /Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|InternalServer|InternalError|InternalFailure|TimeoutError|ProvisionedThroughputExceeded|SlowDown/;
const TRANSIENT_CODES = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Wraps a handler: an error of AWS or of the network that may be gone the next time becomes `Transient`, the one name
 * that the state machine retries; every other error keeps its name.
 */
export function step<Event, Result>(run: (event: Event) => Promise<Result>): (event: Event) => Promise<Result> {
  return async (event) => {
    try {
      return await run(event);
    } catch (error) {
      if (!isTransient(error)) throw error;
      const { name, message } = error as Error;
      throw new ReleaseError('Transient', `${name}: ${message}`, { cause: error });
    }
  };
}

/** Whether an error of the SDK or of the network may be gone the next time. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof ReleaseError) return false;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string };
  return (
    TRANSIENT_NAMES.test(error.name) ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    (code !== undefined && TRANSIENT_CODES.has(code))
  );
}
