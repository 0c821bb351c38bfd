import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { EDGE_NAMES } from '../../lambda/domain/route';
import { type Balancer, type ForwardedRequest, type ResponseObserver, withoutHopByHop } from '../fleet';
import { type CachedResponse, cacheKeyOf, type CachePolicy, EdgeCache, Keeper } from './cache';
import { EdgeFunction, type FunctionResult } from './edge-function';
import {
  eventOf,
  type FunctionEvent,
  type FunctionRequest,
  originHeaders,
  pathOf,
  responseBody,
  responseEventOf,
  responseHeaders,
} from './function-event';
import { explainPort, HOST } from './fixed-port';
import type { KeyValueStore } from './key-value-store';
import { FirstTry } from './origin-group';
import { type Served, ServedLog } from './served-log';

export interface EdgeOptions {
  /** The viewer-request function's text, as the template holds it. @default - each request goes to the default origin */
  readonly code?: string;
  /** The viewer-response function's text. @default - there is none */
  readonly responseCode?: string;
  readonly store: KeyValueStore;
  readonly distribution: { readonly id: string; readonly domainName: string };
  /** Balancers by origin id. */
  readonly origins: ReadonlyMap<string, Balancer>;
  /** Origin of the default cache behavior, for requests of which the function selected none. */
  readonly defaultOrigin: string;
  readonly cachePolicy: CachePolicy;
  /** @default 0, any free port */
  readonly port?: number;
  /** Lines that the function logs, and its errors. @default - dropped */
  readonly onLog?: (line: string) => void;
}

const NOTHING: ReadonlyMap<string, string> = new Map();
const VIA = '1.1 greenroom-edge (CloudFront)';

/**
 * The edge: an HTTP server in front of both colors that runs the CloudFront function for every request. A connection
 * belongs to one of the store's edge locations by the viewer's address.
 */
export class Edge {
  readonly served = new ServedLog();
  private readonly server: Server;
  private readonly functions: (EdgeFunction | undefined)[];
  private readonly onResponse: EdgeFunction | undefined;
  private readonly caches: EdgeCache[];

  private constructor(private readonly options: EdgeOptions) {
    const { store } = options;
    const locations = Array.from({ length: store.locations }, (_, index) => index);
    this.functions = locations.map((index) =>
      options.code ? new EdgeFunction(options.code, () => store.at(index), options.onLog) : undefined,
    );
    this.onResponse = options.responseCode ? new EdgeFunction(options.responseCode, () => NOTHING) : undefined;
    this.caches = locations.map(() => new EdgeCache());
    this.server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
      this.serve(request, response).catch((error: unknown) => this.fail(response, error));
    });
    this.server.on('upgrade', (request, socket, head) => void this.upgrade(request, socket, head));
  }

  /** @throws Error in one line when the port is in use. */
  static async open(options: EdgeOptions): Promise<Edge> {
    const edge = new Edge(options);
    await new Promise<void>((resolve, reject) => {
      edge.server.once('error', (error) => reject(explainPort(error, options.port, '--port')));
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
    const event = eventOf(request, this.options.distribution);
    const location = this.locationOf(event);
    const result = await this.decide(event, location);
    if (result === undefined) {
      this.own(response, 503, 'The CloudFront function could not run.', 'FunctionExecutionError from cloudfront');
      this.served.record({ location, origin: 'edge', status: 503 });
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
      this.served.record({ location, origin: 'edge', status: result.response.statusCode });
      return;
    }
    await this.forward(request, response, { event, location, result });
  }

  /** What the function says; undefined when it failed. */
  private async decide(event: FunctionEvent, location: number): Promise<FunctionResult | undefined> {
    const edgeFunction = this.functions[location];
    if (edgeFunction === undefined) return { request: event.request };
    try {
      return await edgeFunction.run(event);
    } catch (error) {
      this.options.onLog?.(`the function failed: ${(error as Error).message}`);
      return undefined;
    }
  }

  private async forward(request: IncomingMessage, response: ServerResponse, decided: Decided): Promise<void> {
    const { event, location, result } = decided;
    const changed = result.request as FunctionRequest;
    const ids = result.group?.origins ?? [result.origin ?? this.options.defaultOrigin];
    const balancers = ids.map((id) => this.options.origins.get(id));
    const [origin, first, second] = [ids[0] as string, balancers[0], balancers[1]];
    if (!first || balancers.includes(undefined)) {
      this.own(response, 502, `The distribution has no origin "${ids.join('" or "')}".`, 'Error from cloudfront');
      this.served.record({ location, origin, status: 502 });
      return;
    }
    const release = changed.headers[EDGE_NAMES.releaseHeader]?.value ?? '';
    const key = cacheKeyOf(this.options.cachePolicy, changed);
    const cache = this.caches[location] as EdgeCache;
    const served = (status: number, more?: Partial<Served>): void =>
      this.served.record({ location, origin, status, release, path: changed.uri, ...more });
    const hit = key === undefined ? undefined : cache.get(key);
    if (hit) {
      this.fromCache(response, hit, event, changed);
      served(hit.status, { hit });
      return;
    }
    const ask = async (balancer: Balancer, to: ServerResponse) => {
      const keeper = new Keeper(cache, key, this.options.cachePolicy, release);
      let head: Readonly<Record<string, string | string[]>> = {};
      const observer: ResponseObserver = {
        start: (status, headers) => {
          headers.via = VIA;
          headers['x-cache'] = 'Miss from cloudfront';
          keeper.start(status, headers);
          this.changeHead(event, changed, status, headers);
          head = headers;
        },
        data: (chunk) => keeper.data(chunk),
      };
      const done = await balancer.forward(this.forwarded(request, changed, event.viewer.ip), to, observer);
      return { ...done, headers: head, keep: () => keeper.end(done, response.writableEnded) };
    };
    const trial = second && new FirstTry(response, result.group?.failoverStatuses ?? []);
    let done = await ask(first, trial?.stand ?? response);
    const failedOver = trial?.failed === true && second !== undefined;
    if (failedOver) done = await ask(second, response);
    done.keep();
    served(done.status, { headers: done.headers, failedOver });
  }

  /** A WebSocket: the function decides about its first request, then bytes pass until one side ends. */
  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const event = eventOf(request, this.options.distribution);
    const location = this.locationOf(event);
    const result = await this.decide(event, location);
    if (result?.request === undefined) return refuseUpgrade(socket, result?.response?.statusCode ?? 503);
    const origin = result.group?.origins[0] ?? result.origin ?? this.options.defaultOrigin;
    const balancer = this.options.origins.get(origin);
    if (!balancer) return refuseUpgrade(socket, 502);
    const forwarded = this.forwarded(request, result.request, event.viewer.ip);
    const headers = { ...forwarded.headers, connection: 'Upgrade', upgrade: request.headers.upgrade ?? 'websocket' };
    const status = await balancer.upgrade({ ...forwarded, headers }, socket, head);
    this.served.record({ location, origin, status });
  }

  private forwarded(request: IncomingMessage, changed: FunctionRequest, address: string): ForwardedRequest {
    const headers = withoutHopByHop(originHeaders(changed));
    const before = headers['x-forwarded-for'];
    headers['x-forwarded-for'] = before ? `${String(before)}, ${address}` : address;
    headers.via = VIA;
    return { method: changed.method, path: pathOf(changed), headers, body: hasBody(request) ? request : null };
  }

  private fromCache(
    response: ServerResponse,
    hit: CachedResponse,
    event: FunctionEvent,
    request: FunctionRequest,
  ): void {
    const age = String(Math.floor((Date.now() - hit.storedAt) / 1000));
    const headers: Record<string, string | string[]> = { ...hit.headers, age, 'x-cache': 'Hit from cloudfront' };
    this.changeHead(event, request, hit.status, headers);
    response.writeHead(hit.status, headers);
    response.end(hit.body);
  }

  /** The viewer-response function, after the cache. It is not run for errors. */
  private changeHead(
    event: FunctionEvent,
    request: FunctionRequest,
    status: number,
    headers: Record<string, string | string[]>,
  ): void {
    if (this.onResponse === undefined || status >= 400) return;
    const changed = this.onResponse.runOnResponse(responseEventOf(event, request, status, headers));
    const after = responseHeaders(changed);
    for (const name of Object.keys(headers)) if (!(name in after)) delete headers[name];
    Object.assign(headers, after);
  }

  private locationOf(event: FunctionEvent): number {
    return locationOf(event.viewer.ip, this.functions.length);
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

/** A request that goes on to an origin. */
interface Decided {
  readonly event: FunctionEvent;
  readonly location: number;
  readonly result: FunctionResult;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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
