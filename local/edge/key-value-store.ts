import type {
  GetKeyCommandInput,
  PutKeyCommandInput,
  UpdateKeysCommandInput,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import { seededRandom } from '../seeded-random';

export interface KeyValueStoreOptions {
  readonly arn: string;
  /** Number of edge locations. @default 8 */
  readonly locations?: number;
  /** A location sees a write after 0 to this many milliseconds. @default 600 */
  readonly propagationMs?: number;
  /** Seed of the delays, so that a run can be repeated. @default 1 */
  readonly seed?: number;
}

/** A write that the store accepted. */
export interface StoreWrite {
  readonly puts: readonly { key: string; value: string }[];
  readonly deletes: readonly string[];
  readonly at: number;
}

/** A location that begins to see a write. */
export interface StoreArrival {
  readonly location: number;
  readonly write: StoreWrite;
}

/** Limits of a CloudFront KeyValueStore, in bytes. */
const KEY_BYTES = 512;
const VALUE_BYTES = 1024;
const STORE_BYTES = 5 * 1024 * 1024;
const UPDATE_KEYS = 50;

/**
 * A CloudFront KeyValueStore: one store-wide ETag for writers, and edge locations that see each write later, each in
 * its own time, but in the order in which it was written.
 */
export class KeyValueStore extends EventEmitter<{ write: [StoreWrite]; arrival: [StoreArrival] }> {
  readonly arn: string;
  private readonly items = new Map<string, string>();
  private readonly views: ReadonlyMap<string, string>[];
  /** Number of the write that each location sees. */
  private readonly seen: number[];
  private writes = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly random: () => number;
  private readonly propagationMs: number;
  private etag = newEtag();
  private modified = new Date();
  private readonly created = new Date();

  constructor(options: KeyValueStoreOptions) {
    super();
    this.arn = options.arn;
    const locations = options.locations ?? 8;
    this.views = Array.from({ length: locations }, () => new Map<string, string>());
    this.seen = Array.from({ length: locations }, () => 0);
    this.propagationMs = options.propagationMs ?? 600;
    this.random = seededRandom(options.seed ?? 1);
  }

  get locations(): number {
    return this.views.length;
  }

  /** What a location sees now. */
  at(location: number): ReadonlyMap<string, string> {
    return this.views[location] ?? new Map<string, string>();
  }

  /** What was written last; what a location will see in the end. */
  latest(key: string): string | undefined {
    return this.items.get(key);
  }

  /** Writes nothing any more to the locations. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** The `cloudfront-keyvaluestore` model. */
  readonly model: ServiceModel = {
    DescribeKeyValueStore: async (input: { KvsARN?: string }) => {
      this.mine(input.KvsARN);
      const { created, modified, etag } = this;
      return {
        KvsARN: this.arn,
        ...this.size(),
        Created: created,
        LastModified: modified,
        Status: 'READY',
        ETag: etag,
      };
    },
    GetKey: async (input: GetKeyCommandInput) => {
      this.mine(input.KvsARN);
      const value = this.items.get(input.Key ?? '');
      if (value === undefined) {
        throw new AwsError('ResourceNotFoundException', `The key "${input.Key ?? ''}" does not exist`, 404);
      }
      return { Key: input.Key, Value: value, ...this.size() };
    },
    PutKey: async (input: PutKeyCommandInput) =>
      this.write(input, { puts: [{ key: input.Key ?? '', value: input.Value ?? '' }], deletes: [] }),
    UpdateKeys: async (input: UpdateKeysCommandInput) =>
      this.write(input, {
        puts: (input.Puts ?? []).map((put) => ({ key: put.Key ?? '', value: put.Value ?? '' })),
        deletes: (input.Deletes ?? []).map((each) => each.Key ?? ''),
      }),
  };

  private write(
    input: { readonly KvsARN?: string; readonly IfMatch?: string },
    change: Omit<StoreWrite, 'at'>,
  ): object {
    this.mine(input.KvsARN);
    if (input.IfMatch !== this.etag) {
      throw new AwsError('ConflictException', `The ETag ${input.IfMatch ?? ''} is not the store's current one`, 409);
    }
    this.check(change);
    for (const { key, value } of change.puts) this.items.set(key, value);
    for (const key of change.deletes) this.items.delete(key);
    this.etag = newEtag();
    this.modified = new Date();
    const write = { ...change, at: Date.now() };
    this.emit('write', write);
    this.propagate(write);
    return { ...this.size(), ETag: this.etag };
  }

  private check(change: Omit<StoreWrite, 'at'>): void {
    if (change.puts.length + change.deletes.length > UPDATE_KEYS) {
      throw new AwsError('ValidationException', `An update may change ${UPDATE_KEYS} keys`);
    }
    for (const { key, value } of change.puts) {
      if (key === '' || Buffer.byteLength(key) > KEY_BYTES) {
        throw new AwsError('ValidationException', `A key may have 1 to ${KEY_BYTES} bytes`);
      }
      if (Buffer.byteLength(value) > VALUE_BYTES) {
        throw new AwsError('ValidationException', `The value of "${key}" has more than ${VALUE_BYTES} bytes`);
      }
    }
    const added = change.puts.reduce(
      (sum, { key, value }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
      0,
    );
    if (this.size().TotalSizeInBytes + added > STORE_BYTES) {
      throw new AwsError('ServiceQuotaExceededException', 'The store would be above 5 MB', 402);
    }
  }

  /** Lets each location see what the store holds now, later. What a newer write has overtaken is never seen there. */
  private propagate(write: StoreWrite): void {
    const snapshot = new Map(this.items);
    this.writes += 1;
    const number = this.writes;
    for (let location = 0; location < this.views.length; location += 1) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        if (number < (this.seen[location] ?? 0)) return;
        this.seen[location] = number;
        this.views[location] = snapshot;
        this.emit('arrival', { location, write });
      }, this.random() * this.propagationMs);
      this.timers.add(timer);
    }
  }

  private mine(arn: string | undefined): void {
    if (arn !== this.arn) throw new AwsError('ResourceNotFoundException', `No store ${arn ?? ''}`, 404);
  }

  private size(): { ItemCount: number; TotalSizeInBytes: number } {
    let bytes = 0;
    for (const [key, value] of this.items) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    return { ItemCount: this.items.size, TotalSizeInBytes: bytes };
  }
}

function newEtag(): string {
  return `KV${randomBytes(8).toString('hex').toUpperCase()}`;
}
