import { setTimeout as sleep } from 'node:timers/promises';

/** A service that is down may not answer at all: viewers do not wait for it. */
const LIMIT_MS = 3_000;

/** The edge follows within seconds. With all others that may be waited for it stays below the minute of the function. */
export const EDGE_LIMIT_MS = 25_000;

/** Runs what must not hold a revert up: a failure, or no answer in time, becomes a warning. */
export function attempts(warnings: string[]) {
  return async <T>(what: string, run: () => Promise<T>, limitMs = LIMIT_MS): Promise<T | undefined> => {
    const late = sleep(limitMs, undefined, { ref: false }).then(() => {
      throw new Error(`no answer within ${limitMs / 1000} s`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([run(), late]);
    } catch (error) {
      warnings.push(`could not ${what}: ${(error as Error).name}: ${(error as Error).message}`);
      return undefined;
    }
  };
}
