import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import { EDGE_NAMES } from '../domain/route';
import { setting } from './settings';

/** Consecutive observations of an epoch before it is believed: a store's new value does not reach all edges at once. */
const OBSERVATIONS = 5;
const PAUSE_MS = 100;
/** What is waited after the last observation, for the edges that cannot be seen from here. */
const SETTLE_MS = 1_000;
/** Below the 60 s that a handler may take; the state machine retries on Transient. */
const DEADLINE_MS = 40_000;

/**
 * Waits until the edge serves a route at least as new as `epoch`: several consecutive observations and a time to
 * settle. CloudFront has no acknowledgement of its own, and one observer sees one location: best effort.
 *
 * @throws ReleaseError Transient when the edge does not follow in time.
 */
export async function confirmAtEdge(epoch: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  let seen = 0;
  while (seen < OBSERVATIONS) {
    if (Date.now() > deadline) {
      throw new ReleaseError('Transient', `the edge does not serve route epoch ${epoch} after ${DEADLINE_MS / 1000} s`);
    }
    seen = (await observedEpoch()) >= epoch ? seen + 1 : 0;
    if (seen < OBSERVATIONS) await sleep(PAUSE_MS);
  }
  await sleep(SETTLE_MS);
}

/** Requests a path through the real edge. @param credential the preview credential; without it the live color answers. */
export async function requestThroughEdge(path: string, credential?: string): Promise<Response> {
  return fetch(`${setting('EDGE_URL')}${path}`, {
    headers: credential === undefined ? {} : { [EDGE_NAMES.previewHeader]: credential },
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
}

async function observedEpoch(): Promise<number> {
  try {
    const response = await requestThroughEdge(EDGE_NAMES.probePath);
    await response.arrayBuffer();
    return Number(response.headers.get(EDGE_NAMES.epochHeader) ?? 0);
  } catch {
    return 0;
  }
}
