import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Balancer, type Forwarded, type ResponseObserver, withoutHopByHop } from '../fleet';
import { type CachedResponse, EdgeCache, sharedAge } from './cache';
import { EdgeFunction, type FunctionResult } from './edge-function';
import {
  addressOf,
  eventOf,
  type FunctionRequest,
  originHeaders,
  pathOf,
  responseBody,
  responseHeaders,
} from './function-event';
import type { KeyValueStore } from './key-value-store';
import { ServedLog } from './served-log';

export interface EdgeOptions {
  /** The function's text, as the template holds it. */
  readonly code: string;
  readonly store: KeyValueStore;
  readonly distribution: { readonly id: string; readonly domainName: string };
  /** Balancers by origin id. */
  readonly origins: ReadonlyMap<string, Balancer>;
  /** Origin of the default cache behavior, for requests of which the function selected none. */
  readonly defaultOrigin: string;
  /** Headers in the cache key, lower case. */
  readonly cacheKeyHeaders: readonly string[];
  /** @default 0, any free port */
  readonly port?: number;
  /** Lines that the function logs, and its errors. @default - dropped */
  readonly onLog?: (line: string) => void;
}

const HOST = '127.0.0.1';
const VIA = '1.1 greenroom-edge (CloudFront)';

/**
 * The edge: an HTTP server in front of both colors that runs the CloudFront function for every request. A connection
 * belongs to one of the store's edge locations by the viewer's address.
 */
export class Edge {
  readonly served = new ServedLog();
  private readonly server: Server;
  private readonly functions: EdgeFunction[];
  private readonly caches: EdgeCache[];

  private constructor(private readonly options: EdgeOptions) {
    const { store } = options;
    const locations = Array.from({ length: store.locations }, (_, index) => index);
    this.functions = locations.map((index) => new EdgeFunction(options.code, () => store.at(index), options.onLog));
    this.caches = locations.map(() => new EdgeCache());
    this.server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
      this.serve(request, response).catch((error: unknown) => this.fail(response, error));
    });
  }

  /** @throws Error in one line when the port is in use. */
  static async open(options: EdgeOptions): Promise<Edge> {
    const edge = new Edge(options);
    await new Promise<void>((resolve, reject) => {
      edge.server.once('error', (error) => reject(explain(error, options.port)));
      edge.server.listen(options.port ?? 0, HOST, resolve);
    });
    return edge;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** Stops listening and cuts what is still connected. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = addressOf(request);
    const location = locationOf(address, this.functions.length);
    let result: FunctionResult;
    try {
      result = await (this.functions[location] as EdgeFunction).run(eventOf(request, this.options.distribution));
    } catch (error) {
      this.options.onLog?.(`the function failed: ${(error as Error).message}`);
      this.own(response, 503, 'The CloudFront function could not run.', 'FunctionExecutionError from cloudfront');
      this.served.record(location, 'edge', 503);
      return;
    }
    if (result.response) {
      const body = responseBody(result.response);
      response.writeHead(result.response.statusCode, result.response.statusDescription, {
        ...responseHeaders(result.response),
        'content-length': body.length,
        via: VIA,
        'x-cache': 'FunctionGeneratedResponse from cloudfront',
      });
      response.end(request.method === 'HEAD' ? undefined : body);
      this.served.record(location, 'edge', result.response.statusCode);
      return;
    }
    await this.forward(request, response, location, address, result);
  }

  private async forward(
    request: IncomingMessage,
    response: ServerResponse,
    location: number,
    address: string,
    result: FunctionResult,
  ): Promise<void> {
    const origin = result.origin ?? this.options.defaultOrigin;
    const balancer = this.options.origins.get(origin);
    if (!balancer) {
      this.own(response, 502, `The distribution has no origin "${origin}".`, 'Error from cloudfront');
      this.served.record(location, origin, 502);
      return;
    }
    const changed = result.request as FunctionRequest;
    const cache = this.caches[location] as EdgeCache;
    const key = request.method === 'GET' ? this.cacheKey(changed) : undefined;
    const hit = key === undefined ? undefined : cache.get(key);
    if (hit) {
      this.fromCache(response, hit);
      this.served.record(location, origin, hit.status);
      return;
    }
    const collector = new Collector(response);
    const done = await balancer.forward(
      {
        method: request.method ?? 'GET',
        path: pathOf(changed),
        headers: this.headersFor(changed, address),
        body: hasBody(request) ? request : null,
      },
      response,
      collector,
    );
    if (key !== undefined) collector.keep(cache, key, done);
    this.served.record(location, origin, done.status);
  }

  private headersFor(request: FunctionRequest, address: string): Record<string, string | string[]> {
    const headers = withoutHopByHop(originHeaders(request));
    const before = headers['x-forwarded-for'];
    headers['x-forwarded-for'] = before ? `${String(before)}, ${address}` : address;
    headers.via = VIA;
    return headers;
  }

  private cacheKey(request: FunctionRequest): string {
    const named = this.options.cacheKeyHeaders.map((name) => request.headers[name]?.value ?? '');
    return JSON.stringify([request.headers.host?.value, pathOf(request), ...named]);
  }

  private fromCache(response: ServerResponse, hit: CachedResponse): void {
    const age = Math.floor((Date.now() - hit.storedAt) / 1000);
    response.writeHead(hit.status, { ...hit.headers, age: String(age), 'x-cache': 'Hit from cloudfront' });
    response.end(hit.body);
  }

  /** The edge's own page. */
  private own(response: ServerResponse, status: number, text: string, cache: string): void {
    if (response.headersSent) return void response.destroy();
    const body = `${text}\n`;
    response.writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(body),
      'x-cache': cache,
      via: VIA,
    });
    response.end(body);
  }

  private fail(response: ServerResponse, error: unknown): void {
    this.options.onLog?.(`the edge failed: ${(error as Error).stack ?? String(error)}`);
    this.own(response, 502, 'The edge failed.', 'Error from cloudfront');
  }
}

/** Finds out at once what {@link Edge.open} would find out later. @throws Error in one line when it cannot be used */
export async function requireFreePort(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, port)));
    server.listen(port, HOST, () => server.close(() => resolve()));
  });
}

function explain(error: NodeJS.ErrnoException, port: number | undefined): Error {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return error;
  const mend = 'choose another with --port, or leave it out to get a free one';
  return new Error(`port ${port} on ${HOST} cannot be used (${error.code}); ${mend}`);
}

/** Largest response that is kept, in bytes. */
const CACHED_BYTES = 256 * 1024;

/** Adds the edge's headers to an answer, and collects it while a shared cache may keep it. */
class Collector implements ResponseObserver {
  private age = 0;
  private size = 0;
  private headers: Record<string, string | string[]> = {};
  private readonly chunks: Buffer[] = [];

  constructor(private readonly response: ServerResponse) {}

  start(status: number, headers: Record<string, string | string[]>): void {
    headers.via = VIA;
    headers['x-cache'] = 'Miss from cloudfront';
    // `Vary` would need further keys than the cache policy has: leave such answers alone.
    if (status === 200 && headers.vary === undefined) {
      this.age = sharedAge(headers['cache-control']?.toString(), headers['set-cookie']);
    }
    this.headers = headers;
  }

  data(chunk: Buffer): void {
    if (this.age === 0) return;
    this.size += chunk.length;
    if (this.size <= CACHED_BYTES) this.chunks.push(Buffer.from(chunk));
  }

  keep(cache: EdgeCache, key: string, done: Forwarded): void {
    if (this.age === 0 || this.size > CACHED_BYTES || done.byBalancer || !this.response.writableEnded) return;
    const now = Date.now();
    const { status } = done;
    cache.put(key, {
      status,
      headers: this.headers,
      body: Buffer.concat(this.chunks),
      storedAt: now,
      expires: now + this.age * 1000,
    });
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** The edge location of a viewer: the same address always comes to the same one. */
export function locationOf(address: string, locations: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < address.length; index += 1) {
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
  }
  // FNV's low bits are weak for such short strings.
  return ((hash ^ (hash >>> 15)) >>> 0) % locations;
}
