import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Metrics } from './metrics';
import { join } from './joined-sockets';
import type { Target, TargetGroup } from './target-group';
import { seriesName } from './target-group';

/** What the edge hands over: the request after the CloudFront function has had it. */
export interface ForwardedRequest {
  readonly method: string;
  /** Path with query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The viewer's request, for its body; null when it has none. */
  readonly body: IncomingMessage | null;
}

/** How a request ended at the balancer. */
export interface Forwarded {
  readonly status: number;
  /** True when no target answered, so that the balancer answered itself. */
  readonly byBalancer: boolean;
}

/** Sees an answer on its way to the viewer. */
export interface ResponseObserver {
  /** May add headers or change them. */
  start(status: number, headers: Record<string, string | string[]>): void;
  data?(chunk: Buffer): void;
}

/** Headers that belong to one connection, not to the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function withoutHopByHop<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/**
 * A color's application load balancer. It lies inside the edge's process, since an internal ALB has no address of its
 * own to viewers. It never repeats a request: a failed one is seen as failed.
 */
export class Balancer {
  constructor(
    readonly arn: string,
    private readonly group: TargetGroup,
    private readonly metrics: Metrics,
  ) {}

  /** Sends the request to a target and its answer to `response`. Resolves when the answer has been sent. */
  forward(request: ForwardedRequest, response: ServerResponse, observer: ResponseObserver): Promise<Forwarded> {
    this.count('RequestCount');
    const target = this.group.pick();
    if (!target) return Promise.resolve(this.answer(response, 503, 'Service Temporarily Unavailable'));
    return this.send(target, request, response, observer);
  }

  /**
   * Joins a viewer's connection with one to a target, for a WebSocket. It stays with its target, counts as a request in
   * flight, and is cut when the target has been drained for long enough.
   *
   * @returns the status of the answer, 101 when the connections were joined; then when both have ended
   */
  upgrade(request: ForwardedRequest, socket: Duplex, head: Buffer): Promise<number> {
    this.count('RequestCount');
    const target = this.group.pick();
    if (!target) {
      this.count('HTTPCode_ELB_5XX_Count');
      socket.end('HTTP/1.1 503 Service Temporarily Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return Promise.resolve(503);
    }
    target.begin();
    const { method, path, headers } = request;
    return join({ port: target.port, method, path, headers, head, cut: target.cut }, socket).finally(() =>
      target.end(),
    );
  }

  private send(
    target: Target,
    request: ForwardedRequest,
    response: ServerResponse,
    observer: ResponseObserver,
  ): Promise<Forwarded> {
    const started = performance.now();
    target.begin();
    return new Promise((resolve) => {
      let ended = false;
      const end = (forwarded: Forwarded): void => {
        if (ended) return;
        ended = true;
        target.end();
        resolve(forwarded);
      };
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart(controller) {
          response.once('close', () => {
            if (!response.writableFinished) controller.abort(new Error('the viewer went away'));
          });
        },
        onResponseStart: (_controller, status, headers, statusMessage) => {
          if (status < 200) return;
          this.countStatus(status);
          this.record('TargetResponseTime', (performance.now() - started) / 1000);
          const out = withoutHopByHop(headers as Record<string, string | string[]>);
          observer.start(status, out);
          response.writeHead(status, statusMessage, out);
        },
        onResponseData: (controller, chunk) => {
          observer.data?.(chunk);
          if (!response.write(chunk)) {
            controller.pause();
            response.once('drain', () => controller.resume());
          }
        },
        onResponseEnd: () => {
          response.end();
          end({ status: response.statusCode, byBalancer: false });
        },
        onResponseError: (_controller, error) => {
          if (ended) return;
          if (response.headersSent || response.destroyed) {
            response.destroy();
            end({ status: response.statusCode, byBalancer: false });
            return;
          }
          const timedOut = (error as { code?: string }).code === 'UND_ERR_HEADERS_TIMEOUT';
          this.count('TargetConnectionErrorCount');
          end(this.answer(response, timedOut ? 504 : 502, timedOut ? 'Gateway Time-out' : 'Bad Gateway'));
        },
      };
      target.pool.dispatch(
        {
          method: request.method as Dispatcher.HttpMethod,
          path: request.path,
          headers: request.headers as IncomingHttpHeaders,
          body: request.body,
          // An application may stop reading a body that it refuses; the answer counts all the same.
          expectContinue: false,
        },
        handler,
      );
    });
  }

  /** The balancer's own answer, counted as an ELB error. */
  private answer(response: ServerResponse, status: number, title: string): Forwarded {
    this.count('HTTPCode_ELB_5XX_Count');
    this.count(`HTTPCode_ELB_${status}_Count`);
    const body = `<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>\n`;
    if (!response.headersSent) {
      response.writeHead(status, title, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    }
    return { status, byBalancer: true };
  }

  private countStatus(status: number): void {
    const family = Math.floor(status / 100);
    this.count(`HTTPCode_Target_${family}XX_Count`);
  }

  private count(metric: string): void {
    this.record(metric, 1);
  }

  private record(metric: string, value: number): void {
    this.metrics.record(this.group.series(metric), value);
    this.metrics.record(seriesName(metric, this.arn), value);
  }
}
