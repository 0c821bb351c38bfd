import { randomUUID } from 'node:crypto';
import Redis from 'iovalkey';
import { VERSION } from './constants';
import { describeError, log } from './log';
import type { Settings } from './settings';

/** Which entries count; every change of the notes writes another one. Both colors share it, whatever their version. */
const GENERATION = 'notes:generation';
/** Longer than any entry lives: a generation that is gone is made anew, and no entry of the old one is found again. */
const GENERATION_SECONDS = 86_400;

/** Below what a person notices. A cache that takes longer is no help. */
const ANSWER_MS = 100;
const CONNECT_MS = 1_000;

/**
 * A read-through cache, which may be slow, wrong in its answers or gone at any time: it never fails a request.
 *
 * Entries carry the version that wrote them, since another one may see other columns, and the generation that was current
 * before the database was asked. A change makes a new generation after it is committed, so that whoever read before it
 * stores what nobody looks for any more.
 *
 * After every failure, and at first, a process leaves what is cached alone for as long as an entry lives: what was changed
 * while the cache did not answer made no new generation. A failover breaks every connection, so that all processes do so.
 */
export class Cache {
  private readonly client: Redis;
  private restsUntil: number;
  private failing = false;
  private closing = false;

  constructor(private readonly settings: NonNullable<Settings['cache']>) {
    const { host, port, user, password, tls } = settings;
    this.restsUntil = performance.now() + this.restMs;
    this.client = new Redis({
      host,
      port,
      username: user,
      password,
      tls: tls ? {} : undefined,
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      // Without a connection a command fails at once, and is not kept for later.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
    });
    this.client.on('error', (error) => this.failed(error));
    this.client.on('close', () => this.closing || this.failed(new Error('the connection is closed')));
  }

  /** How long an entry lives, in seconds: nobody sees anything older, whatever went wrong. */
  get seconds(): number {
    return this.settings.seconds;
  }

  /** What is cached under the key, or else what `load` finds. @throws what `load` throws, and nothing else */
  async through<T>(key: string, load: () => Promise<T>): Promise<T> {
    if (performance.now() < this.restsUntil) return load();
    let entry: string;
    try {
      entry = `notes:${VERSION}:${await this.generation()}:${key}`;
      const cached = await this.client.get(entry);
      this.answered();
      if (cached !== null) return JSON.parse(cached) as T;
    } catch (error) {
      this.failed(error);
      return load();
    }
    const value = await load();
    this.client.set(entry, JSON.stringify(value), 'PX', this.restMs).catch((error: unknown) => this.failed(error));
    return value;
  }

  /** After a change: nothing that is cached counts any more. @returns whether the cache heard of it */
  async forget(): Promise<boolean> {
    try {
      await this.client.set(GENERATION, randomUUID(), 'EX', GENERATION_SECONDS);
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  close(): void {
    this.closing = true;
    this.client.disconnect();
  }

  /** GETEX and not GET: a node that is no primary any more refuses it, instead of telling what was. */
  private async generation(): Promise<string> {
    const current = () => this.client.getex(GENERATION, 'EX', GENERATION_SECONDS);
    const known = await current();
    if (known !== null) return known;
    await this.client.set(GENERATION, randomUUID(), 'EX', GENERATION_SECONDS, 'NX');
    return (await current()) ?? randomUUID();
  }

  private get restMs(): number {
    return Math.ceil(this.seconds * 1_000);
  }

  private answered(): void {
    if (this.failing) log('info', 'the cache answers again');
    this.failing = false;
  }

  private failed(error: unknown): void {
    this.restsUntil = performance.now() + this.restMs;
    // What hangs is not waited for: a new connection finds the primary of now.
    if (this.client.status === 'ready') this.client.disconnect(true);
    if (!this.failing) log('warn', 'the cache does not answer; going on without it', describeError(error));
    this.failing = true;
  }
}
