import {
  CloudFrontKeyValueStoreClient,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  PutKeyCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
// The store's data plane is signed with SigV4A; the import registers the signer.
import '@aws-sdk/signature-v4a';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReleaseError } from '../domain/errors';
import {
  formatRoute,
  moveRoute,
  parseRoute,
  ROUTE_KEY,
  type Route,
  type RouteChange,
  type RouteWriter,
} from '../domain/route';
import { setting } from './settings';

const client = new CloudFrontKeyValueStoreClient({});

/** Rounds of compare-and-set: the store's ETag is store-wide, so that a write of another key also costs one. */
const MAX_ROUNDS = 8;

interface StoredRoute {
  /** null before the first release of an environment. */
  readonly route: Route | null;
  readonly etag: string;
}

/** The route as the store has it, or null before an environment's first release. */
export async function readRoute(): Promise<Route | null> {
  return (await readStored()).route;
}

/** Whether the route still is as the writer with this nonce left it. */
export async function wroteLast(nonce: string): Promise<boolean> {
  return (await readRoute())?.writer.nonce === nonce;
}

/** The route of an environment that has one. @throws ReleaseError RouteConflict when there is none. */
export async function requireRoute(): Promise<Route> {
  const route = await readRoute();
  if (route === null)
    throw new ReleaseError('RouteConflict', 'this environment has no route yet; release a version first');
  return route;
}

/**
 * Moves the route by compare-and-set. A write whose answer was lost is recognised by the writer's nonce and not done
 * again.
 *
 * @param writer null for a change that moves nobody, see {@link moveRoute}; it has to bear being made twice
 * @param from the route to start from when there is none yet; @default - RouteConflict
 * @param guard looked at before every write; it throws to prevent it (promise P2)
 * @returns the route after the change.
 * @throws ReleaseError RouteConflict when the route does not allow the change.
 */
export async function changeRoute(
  change: RouteChange,
  writer: RouteWriter | null,
  options: { readonly from?: Route; readonly guard?: (before: Route, after: Route) => Promise<void> } = {},
): Promise<Route> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { route, etag } = await readStored();
    if (writer !== null && route?.writer.nonce === writer.nonce) return route;
    const before = route ?? options.from;
    if (before === undefined) return requireRoute();
    const after = moveRoute(before, change, writer);
    await options.guard?.(before, after);
    try {
      await client.send(
        new PutKeyCommand({
          KvsARN: setting('ROUTE_STORE_ARN'),
          Key: ROUTE_KEY,
          Value: formatRoute(after),
          IfMatch: etag,
        }),
      );
      return after;
    } catch (error) {
      // Documentation names ConflictException for a stale ETag; ValidationException has been reported too.
      if (!(error instanceof Error) || !/^(Conflict|Validation)Exception$/.test(error.name)) throw error;
      await sleep(50 * 2 ** round * Math.random());
    }
  }
  throw new ReleaseError('Transient', `the route was written by others ${MAX_ROUNDS} times in a row; try again`);
}

async function readStored(): Promise<StoredRoute> {
  const KvsARN = setting('ROUTE_STORE_ARN');
  // The ETag is read first: a write between the two reads makes ours stale, and the compare-and-set fails safely.
  const { ETag } = await client.send(new DescribeKeyValueStoreCommand({ KvsARN }));
  const etag = ETag as string;
  try {
    const { Value } = await client.send(new GetKeyCommand({ KvsARN, Key: ROUTE_KEY }));
    return { route: parseRoute(Value as string), etag };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return { route: null, etag };
    throw error;
  }
}
