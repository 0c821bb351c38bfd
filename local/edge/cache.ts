/** A response that may be given to several viewers. */
export interface CachedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  readonly expires: number;
  readonly storedAt: number;
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

/** Seconds for which a shared cache may keep a response; 0 unless the origin says `public` and a positive age. */
export function sharedAge(cacheControl: string | undefined, setCookie: unknown): number {
  if (!cacheControl || setCookie !== undefined) return 0;
  const directives = cacheControl.toLowerCase().split(',').map((part) => part.trim());
  if (!directives.includes('public') || directives.some((each) => /^(no-store|no-cache|private)/.test(each))) return 0;
  const age = directives.find((each) => each.startsWith('s-maxage=')) ?? directives.find((each) => each.startsWith('max-age='));
  return Math.max(0, Number(age?.split('=')[1] ?? 0) || 0);
}
