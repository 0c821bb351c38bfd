import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimColor } from '../../../lambda/aws/claim';
import { confirmAtEdge, VIEWERS_SETTLE_MS } from '../../../lambda/aws/edge';
import { changeRoute } from '../../../lambda/aws/route-store';
import * as domain from '../../../lambda/domain/route';
import { viewerRequestCode, viewerResponseCode } from '../../../lib/constructs/edge-function';
import { seededRandom } from '../../seeded-random';
import { KeyValueStore } from '../key-value-store';
import type { Served } from '../served-log';
import { Edge } from '../server';
import { DEPLOYED_CACHE_POLICY } from './cache-policy';
import { StandInFleet } from './stand-in';
import { Viewers, type ViewersReport } from './viewers';
import { Writers } from './writers';

/** Faults that can be planted, to see that the campaign finds them. */
export const PLANTED = [
  'key-without-release',
  'assets-of-one-color',
  'scaled-in-at-once',
  'claimed-at-once',
  'shifted-at-once',
] as const;
export type Planted = (typeof PLANTED)[number];

export interface ScenarioOptions {
  readonly seed: number;
  /** Edge locations. @default 20 */
  readonly locations?: number;
  /** Longest time until a location sees a write, in milliseconds. @default 5000 */
  readonly lateMs?: number;
  /** @default 60 */
  readonly viewers?: number;
  /** Mean pause of a viewer between requests, in milliseconds. @default 600 */
  readonly pauseMs?: number;
  readonly planted?: Planted;
}

export interface ScenarioReport extends ViewersReport {
  readonly seed: number;
  readonly hits: number;
  /** Answers from a cache that belong to another release than the one that the edge had chosen for the viewer. */
  readonly crossReleaseHits: number;
  /** Answers of a fleet that runs another release than the one that the edge had chosen. */
  readonly crossReleaseAnswers: number;
  readonly failovers: number;
  readonly locationsSeen: number;
  /** Longest time for which the process stood still: a machine that is too busy makes viewers wait too. */
  readonly stoodStillMs: number;
}

const WRITERS = new Writers();
let scenarios = 0;

/**
 * Under load: cutover to r2 by a canary step, revert to r1, at once cutover to r3 on the color that r2 had, withdrawal of
 * r4 in the middle of its canary. The route is moved by the workflow's own writers, through the SDK.
 */
export async function playScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  const { seed, planted, locations = 20, lateMs = 5_000, viewers: count = 60, pauseMs = 600 } = options;
  const random = seededRandom(seed);
  const fleets = { blue: new StandInFleet('blue'), green: new StandInFleet('green') };
  const arn = `arn:aws:cloudfront::111122223333:key-value-store/campaign-${++scenarios}`;
  const store = new KeyValueStore({ arn, locations, propagationMs: lateMs, seed });
  const cachePolicy =
    planted === 'key-without-release'
      ? { ...DEPLOYED_CACHE_POLICY, headers: ['authorization'] }
      : DEPLOYED_CACHE_POLICY;
  const edge = await Edge.open({
    code: viewerRequestCode(['/livez', '/readyz'], planted === 'assets-of-one-color' ? [] : undefined),
    responseCode: viewerResponseCode(),
    store,
    distribution: { id: 'E1CAMPAIGN', domainName: 'd111111abcdef8.cloudfront.net' },
    origins: new Map([
      ['blue', fleets.blue.balancer],
      ['green', fleets.green.balancer],
    ]),
    defaultOrigin: 'blue',
    cachePolicy,
  });
  // In proportion as the handlers wait: 10 s and 1 s where the slowest location is 5 s late.
  const settleMs = Math.min(VIEWERS_SETTLE_MS, 2 * lateMs);
  const confirm = (epoch: number) => confirmAtEdge(epoch, lateMs / 5);
  const move = async (change: domain.RouteChange, release: string, what: string) =>
    changeRoute(change, { release, nonce: `${release}:${what}` });
  const waitForAll = () => sleep(lateMs + 50);
  /** As DeployIdle, AwaitHealthy and SmokeTest do. */
  const prepare = async (release: string) => {
    const writer = { release, nonce: `${release}:claim` };
    const route =
      planted === 'claimed-at-once'
        ? await changeRoute(domain.claimIdle(release), writer, { from: domain.seedRoute(writer) })
        : await claimColor(
            (until) => domain.claimIdle(release, until),
            writer,
            async () => undefined,
            settleMs,
          );
    await fleets[domain.idleColor(route)].deploy(release);
    const { epoch } = await move(domain.openPreview(release, 'a'.repeat(64), 2_000_000_000), release, 'preview');
    if (planted !== 'shifted-at-once') await confirmAtEdge(epoch, settleMs);
  };
  const shift = async (release: string, percent: number) => {
    const { epoch } = await move(domain.shiftTo(release, percent), release, `shift:${percent}`);
    await confirm(epoch);
    await sleep(random() * lateMs);
  };

  const audit = new Audit();
  edge.served.onServed = (served) => audit.see(served);
  const delay = monitorEventLoopDelay();
  delay.enable();
  let viewers: Viewers | undefined;
  const play = async (): Promise<ScenarioReport> => {
    await prepare('r1');
    await move(domain.shiftTo('r1', 100), 'r1', 'shift:100');
    await waitForAll();
    viewers = new Viewers(edge.url, count, random, pauseMs);
    await prepare('r2');
    viewers.expectForward('r2');
    await shift('r2', 25);
    await shift('r2', 100);
    if (planted === 'scaled-in-at-once') await fleets.green.scaleIn();
    viewers.expectForward(undefined);
    const reverted = await move(domain.revertToStandby(), 'operator', 'revert');
    if (planted !== 'claimed-at-once') await confirm(reverted.epoch);
    await prepare('r3');
    await shift('r3', 100);
    await prepare('r4');
    await shift('r4', 25);
    const until = Math.ceil((Date.now() + settleMs) / 1000);
    const withdrawn = await move(domain.withdraw('r4', until), 'r4', 'withdraw');
    await confirmAtEdge(withdrawn.epoch, settleMs);
    await fleets[domain.idleColor(withdrawn)].scaleIn();
    await sleep(pauseMs);
    return { seed, ...(await viewers.stop()), ...audit.report, stoodStillMs: Math.round(delay.max / 1e6) };
  };
  try {
    return await WRITERS.at(store, edge.url, play);
  } finally {
    delay.disable();
    await viewers?.stop();
    store.close();
    await edge.close();
    await Promise.all([fleets.blue.close(), fleets.green.close()]);
  }
}

/** Looks at every answer of the edge: did it come from the release that the function had chosen? */
class Audit {
  private hits = 0;
  private crossReleaseHits = 0;
  private crossReleaseAnswers = 0;
  private failovers = 0;
  private readonly locations = new Set<number>();

  get report() {
    const { hits, crossReleaseHits, crossReleaseAnswers, failovers } = this;
    return { hits, crossReleaseHits, crossReleaseAnswers, failovers, locationsSeen: this.locations.size };
  }

  see({ location, origin, status, path, release, hit, headers, failedOver }: Served): void {
    if (origin === 'edge') return;
    this.locations.add(location);
    if (failedOver) this.failovers += 1;
    // A file's name belongs to its content: it may come from either color.
    const named = path?.startsWith('/assets/') === true;
    if (hit) {
      this.hits += 1;
      if (hit.release !== release || (!named && hit.headers['x-app-release'] !== release)) this.crossReleaseHits += 1;
    } else if (!named && status === 200 && headers?.['x-app-release'] !== release) this.crossReleaseAnswers += 1;
  }
}
