import { ReleaseError } from '../domain/errors';

const TRANSIENT_NAMES =
  /Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|InternalServer|InternalError|InternalFailure|TimeoutError|RequestTimeout|ProvisionedThroughputExceeded|SlowDown|ConcurrentUpdate|ConcurrentModification|UpdateInProgress/;
const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * Wraps a handler: an error of AWS or of the network that may be gone the next time becomes `Transient`, the one name
 * that the state machine retries; every other error keeps its name.
 */
export function step<Arguments extends unknown[], Result>(
  run: (...event: Arguments) => Promise<Result>,
): (...event: Arguments) => Promise<Result> {
  return async (...event) => {
    try {
      return await run(...event);
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
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    TRANSIENT_NAMES.test(error.name) ||
    status >= 500 ||
    status === 429 ||
    // fetch says why in the cause.
    isTransient(error.cause) ||
    (code !== undefined && TRANSIENT_CODES.has(code))
  );
}
