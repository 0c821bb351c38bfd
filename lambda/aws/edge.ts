import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import { EDGE_NAMES, type Route } from '../domain/route';
import { setting } from './settings';

/** Consecutive observations of an epoch before it is believed: a store's new value does not reach all edges at once. */
const OBSERVATIONS = 5;
const PAUSE_MS = 100;
/**
 * What is waited before a fleet is taken away that viewers have been on: a location that has not followed yet still
 * sends them there. Propagation takes "a few seconds" and has no bound; this is twice what was ever told of. Only a
 * local edge, which knows how long its own locations take, sets EDGE_SETTLE_MS.
 */
export const VIEWERS_SETTLE_MS = Number(process.env.EDGE_SETTLE_MS ?? 10_000);
/** What is waited after the last observation, for the edges that cannot be seen from here. */
const SETTLE_MS = Math.min(1_000, VIEWERS_SETTLE_MS);
/** With what is waited afterwards; below the 60 s that a handler may take. The state machine retries on Transient. */
const DEADLINE_MS = 40_000;

/**
 * Waits until the edge serves a route at least as new as `epoch`: several consecutive observations and a time to
 * settle. CloudFront has no acknowledgement of its own, and one observer sees one location: best effort.
 *
 * @param settleMs what is waited after the last observation, in milliseconds. @default 1000
 * @throws ReleaseError Transient when the edge does not follow in time.
 */
export async function confirmAtEdge(epoch: number, settleMs = SETTLE_MS): Promise<void> {
  const limitMs = DEADLINE_MS - settleMs;
  const deadline = Date.now() + limitMs;
  let seen = 0;
  while (seen < OBSERVATIONS) {
    if (Date.now() > deadline) {
      throw new ReleaseError('Transient', `the edge does not serve route epoch ${epoch} after ${limitMs / 1000} s`);
    }
    seen = (await observedEpoch()) >= epoch ? seen + 1 : 0;
    if (seen < OBSERVATIONS) await sleep(PAUSE_MS);
  }
  await sleep(settleMs);
}

/** When no location will send viewers any more to a fleet that the route loses now, in Unix seconds. */
export function viewersGoneBy(settleMs = VIEWERS_SETTLE_MS): number {
  return Math.ceil((Date.now() + settleMs) / 1000);
}

/** Waits until a withdrawn fleet may be scaled in. */
export async function awaitViewersGone(fading: Route['fading']): Promise<void> {
  if (fading === null) return;
  await sleep(Math.min(Math.max(0, fading.until * 1000 - Date.now()), VIEWERS_SETTLE_MS + 1000));
}

/** Requests a path through the real edge. @param credential the preview credential; without it the live color answers. */
export async function requestThroughEdge(path: string, credential?: string): Promise<Response> {
  return fetch(`${setting('EDGE_URL')}${path}`, {
    headers: credential === undefined ? {} : { [EDGE_NAMES.previewHeader]: credential },
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
}

/** The route's epoch that the edge serves, seen once; 0 when it does not answer. */
export async function observedEpoch(): Promise<number> {
  try {
    const response = await requestThroughEdge(EDGE_NAMES.probePath);
    await response.arrayBuffer();
    return Number(response.headers.get(EDGE_NAMES.epochHeader) ?? 0);
  } catch {
    return 0;
  }
}
