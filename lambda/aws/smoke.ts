import { setTimeout as sleep } from 'node:timers/promises';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { SmokeCheck } from '../domain/policy';
import { requestThroughEdge } from './edge';

/** A fresh fleet may answer its first request late: a check has a few tries before it counts as failed. */
const TRIES = 3;

/** Whom the checks are about. */
export interface SmokeTarget {
  readonly color: Color;
  readonly version: string;
  /** Preview credential. @default - none: the live color is asked */
  readonly credential?: string;
}

/** A request that was answered as it should be. */
export interface SmokeResult {
  readonly path: string;
  readonly status: number;
  /** Milliseconds of the last try. */
  readonly ms: number;
}

/**
 * Makes the configured requests through the real edge, one after the other.
 *
 * @throws ReleaseError SmokeTestFailed naming the first check that fails, and how.
 */
export async function passSmokeChecks(checks: readonly SmokeCheck[], target: SmokeTarget): Promise<SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const check of checks) {
    let failure = '';
    let began = 0;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await sleep(500);
      began = Date.now();
      failure = await tryCheck(check, target);
      if (failure === '') break;
    }
    if (failure !== '') {
      const { version, color } = target;
      throw new ReleaseError(
        'SmokeTestFailed',
        `${version} on ${color}: GET ${check.path} ${failure} (${TRIES} tries)`,
      );
    }
    results.push({ path: check.path, status: check.status ?? 200, ms: Date.now() - began });
  }
  return results;
}

async function tryCheck(check: SmokeCheck, { color, credential }: SmokeTarget): Promise<string> {
  try {
    const response = await requestThroughEdge(check.path, credential);
    const body = await response.text();
    const answered = response.headers.get('x-app-color');
    if (answered !== null && answered !== color) return `was answered by ${answered}`;
    const expected = check.status ?? 200;
    if (response.status !== expected) return `answered ${response.status}, expected ${expected}`;
    if (check.contains === undefined || body.includes(check.contains)) return '';
    return `does not contain ${JSON.stringify(check.contains)}`;
  } catch (error) {
    return `failed: ${(error as Error).message}`;
  }
}
