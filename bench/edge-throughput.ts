import { Pool } from 'undici';
import { formatRoute, shiftTo } from '../lambda/domain/route';
import { viewerRequestCode, viewerResponseCode } from '../lib/constructs/edge-function';
import { Edge, KeyValueStore } from '../local/edge';
import { StandInFleet } from '../local/edge/campaign/stand-in';
import { after, WAITING } from '../test/edge/routes';

const AT_ONCE = 32;
const ROUND_MS = 1_500;
const ROUNDS = 5;
const ARN = 'arn:aws:cloudfront::111122223333:key-value-store/bench';

/** Requests per second through the local edge, in rounds that take turns so that both see the same machine. */
export interface Throughput {
  readonly withFunctions: number;
  readonly without: number;
  /** Median over the rounds of with / without. */
  readonly ratio: number;
}

/** Measures with both functions in the middle of a shift, which is the most that they have to do, and without any. */
export async function throughput(): Promise<Throughput> {
  const store = new KeyValueStore({ arn: ARN, locations: 1, propagationMs: 0 });
  const fleets = { blue: new StandInFleet('blue'), green: new StandInFleet('green') };
  await Promise.all([fleets.blue.deploy('r1'), fleets.green.deploy('r2')]);
  const { ETag } = (await store.model.DescribeKeyValueStore!({ KvsARN: ARN }, { name: 'bench' })) as { ETag: string };
  const Value = formatRoute(after(...WAITING, shiftTo('release-2', 50)));
  await store.model.PutKey?.({ KvsARN: ARN, Key: 'route', Value, IfMatch: ETag }, { name: 'bench' });
  const open = (functions: { code?: string; responseCode?: string }) =>
    Edge.open({
      ...functions,
      store,
      distribution: { id: 'E1BENCH', domainName: 'd111111abcdef8.cloudfront.net' },
      origins: new Map([
        ['blue', fleets.blue.balancer],
        ['green', fleets.green.balancer],
      ]),
      defaultOrigin: 'blue',
      cachePolicy: { headers: [], allCookies: true, allQueryStrings: true, minTtl: 0, defaultTtl: 0, maxTtl: 0 },
    });
  const edges = [
    await open({ code: viewerRequestCode(['/livez', '/readyz']), responseCode: viewerResponseCode() }),
    await open({}),
  ] as const;
  try {
    const rounds: { with: number; without: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const figures = { with: await rate(edges[0].url), without: await rate(edges[1].url) };
      // The first round warms up.
      if (round > 0) rounds.push(figures);
    }
    return {
      withFunctions: median(rounds.map((each) => each.with)),
      without: median(rounds.map((each) => each.without)),
      ratio: median(rounds.map((each) => each.with / each.without)),
    };
  } finally {
    store.close();
    await Promise.all(edges.map((edge) => edge.close()));
    await Promise.all([fleets.blue.close(), fleets.green.close()]);
  }
}

async function rate(url: string): Promise<number> {
  const pool = new Pool(url, { connections: AT_ONCE });
  const started = performance.now();
  let requests = 0;
  const ask = async (): Promise<void> => {
    while (performance.now() - started < ROUND_MS) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/fresh' });
      await body.dump();
      if (statusCode !== 200) throw new Error(`the edge answered ${statusCode}`);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return requests / seconds;
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
