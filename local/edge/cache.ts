import type { Forwarded } from '../fleet';
import { type FunctionRequest, pathOf } from './function-event';

/** A response that may be given to several viewers. */
export interface CachedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  readonly expires: number;
  readonly storedAt: number;
  /** The release that the function had chosen for the viewer who brought it into the cache. */
  readonly release: string;
}

/** Least recently used responses of one edge location; small, since it only has to show the cache key's effect. */
export class EdgeCache {
  private readonly entries = new Map<string, CachedResponse>();

  constructor(
    private readonly size = 200,
    private readonly now: () => number = Date.now,
  ) {}

  get(key: string): CachedResponse | undefined {
    const found = this.entries.get(key);
    if (!found) return undefined;
    this.entries.delete(key);
    if (found.expires <= this.now()) return undefined;
    this.entries.set(key, found);
    return found;
  }

  put(key: string, response: CachedResponse): void {
    this.entries.delete(key);
    this.entries.set(key, response);
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.size && !oldest.done) this.entries.delete(oldest.value);
  }
}

/** What a cache policy of CloudFront says, as far as Greenroom's says something. Times in seconds. */
export interface CachePolicy {
  /** Lower case. */
  readonly headers: readonly string[];
  readonly allCookies: boolean;
  readonly allQueryStrings: boolean;
  readonly minTtl: number;
  readonly defaultTtl: number;
  readonly maxTtl: number;
}

/** @throws Error for a policy that the local edge would not follow */
// oxlint-disable-next-line typescript/no-explicit-any -- CloudFormation's properties, as an assembly holds them
export function cachePolicyOf(config: Record<string, any>): CachePolicy {
  const key = config.ParametersInCacheKeyAndForwardedToOrigin;
  const whole = (behavior: string, what: string): boolean => {
    if (behavior !== 'all' && behavior !== 'none')
      throw new Error(`the local edge does not know ${what} "${behavior}"`);
    return behavior === 'all';
  };
  return {
    headers: ((key.HeadersConfig.Headers ?? []) as string[]).map((name) => name.toLowerCase()),
    allCookies: whole(key.CookiesConfig.CookieBehavior, 'the cookie behavior'),
    allQueryStrings: whole(key.QueryStringsConfig.QueryStringBehavior, 'the query string behavior'),
    minTtl: Number(config.MinTTL),
    defaultTtl: Number(config.DefaultTTL),
    maxTtl: Number(config.MaxTTL),
  };
}

/** The cache key of a request as the function left it; undefined for what is never answered from the cache. */
export function cacheKeyOf(policy: CachePolicy, request: FunctionRequest): string | undefined {
  // CloudFront cuts ranges out of whole responses; here they pass by the cache.
  if (request.method !== 'GET' || request.headers.range) return undefined;
  return JSON.stringify([
    policy.allQueryStrings ? pathOf(request) : request.uri,
    policy.allCookies ? request.cookies : null,
    ...policy.headers.map((name) => request.headers[name] ?? null),
  ]);
}

/** Seconds for which a response is kept, by what its origin says within what the policy allows. */
function keptFor(policy: CachePolicy, cacheControl: string | undefined): number {
  const directives = (cacheControl ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim());
  if (directives.some((each) => /^(no-store|no-cache|private)/.test(each))) return policy.minTtl;
  const age =
    directives.find((each) => each.startsWith('s-maxage=')) ?? directives.find((each) => each.startsWith('max-age='));
  const seconds = age === undefined ? policy.defaultTtl : Number(age.split('=')[1]) || 0;
  return Math.min(policy.maxTtl, Math.max(policy.minTtl, seconds));
}

/** Largest response that is kept, in bytes. */
const CACHED_BYTES = 256 * 1024;

/** Collects a response on its way to the viewer while a cache may keep it. */
export class Keeper {
  private age = 0;
  private size = 0;
  private headers: Readonly<Record<string, string | string[]>> = {};
  private readonly chunks: Buffer[] = [];

  constructor(
    private readonly cache: EdgeCache,
    private readonly key: string | undefined,
    private readonly policy: CachePolicy,
    private readonly release: string,
  ) {}

  start(status: number, headers: Readonly<Record<string, string | string[]>>): void {
    // `Vary` would need further keys than the cache policy has: such answers are left alone.
    if (this.key === undefined || status !== 200 || headers.vary !== undefined) return;
    this.age = keptFor(this.policy, headers['cache-control']?.toString());
    this.headers = { ...headers };
  }

  data(chunk: Buffer): void {
    if (this.age === 0) return;
    this.size += chunk.length;
    if (this.size <= CACHED_BYTES) this.chunks.push(Buffer.from(chunk));
  }

  /** @param whole whether the response came to its end */
  end({ status, byBalancer }: Forwarded, whole: boolean): void {
    if (this.key === undefined || this.age === 0 || this.size > CACHED_BYTES || byBalancer || !whole) return;
    const { headers, release } = this;
    const storedAt = Date.now();
    const expires = storedAt + this.age * 1000;
    this.cache.put(this.key, { status, headers, release, body: Buffer.concat(this.chunks), storedAt, expires });
  }
}
