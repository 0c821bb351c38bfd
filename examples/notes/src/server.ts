import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { type Digest, LIVE_HEADER } from './digest';
import { faultOf } from './faults';
import { HttpError, json, send, type Answer } from './http';
import { describeError, log } from './log';
import { messagePage, PAGE_HEADERS } from './page';
import { route } from './routes';
import type { NoteStore } from './store';
import type { Cache } from './cache';
import { Notes } from './notes';

/** Above the 60 s after which an ALB closes an idle connection: it must never be the server that closes first. */
const KEEP_ALIVE_MS = 75_000;
/** How long kept connections stay open at the end, for a request that was already on its way when draining began. */
const LAST_REQUESTS_MS = 500;
/** ECS kills a task 30 s after SIGTERM. */
const DRAIN_DEADLINE_MS = 25_000;

/** The application's server. */
export class NotesServer {
  private readonly server: Server;
  private draining = false;

  constructor(
    private readonly store: NoteStore,
    private readonly color: string,
    private readonly digest?: Digest,
    private readonly cache?: Cache,
  ) {
    this.server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 60_000 },
      (request, response) => void this.handle(request, response),
    );
  }

  /** Listens. @throws Error when the port is in use */
  async listen(port: number, host: string | undefined): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen({ port, host }, resolve);
    });
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /**
   * Stops accepting connections, answers every request that is here or on its way with `Connection: close`, and ends
   * when the last connection is gone.
   *
   * @returns whether everything was answered before the deadline.
   */
  async drain(): Promise<boolean> {
    this.draining = true;
    const closed = new Promise<boolean>((resolve) => this.server.once('close', () => resolve(true)));
    // http.Server.close() would cut idle connections at once, and with them a request that is under way to us.
    NetServer.prototype.close.call(this.server);
    // Again and again: an answer whose head was sent before draining began leaves its connection open.
    const closing = setInterval(() => this.server.closeIdleConnections(), LAST_REQUESTS_MS);
    const deadline = new Promise<boolean>((resolve) => {
      setTimeout(resolve, DRAIN_DEADLINE_MS, false).unref();
    });
    const clean = await Promise.race([closed, deadline]);
    clearInterval(closing);
    this.server.closeAllConnections();
    return clean;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    let answer: Answer;
    let error: unknown;
    try {
      answer = await this.answer(request);
    } catch (thrown) {
      error = thrown;
      answer = this.answerError(request, thrown);
    }
    // Readiness has its own line, with the reason.
    if (answer.status >= 500 && pathOf(request) !== '/readyz') {
      log('error', 'a request failed', {
        method: request.method,
        path: pathOf(request),
        status: answer.status,
        ms: Math.round(performance.now() - began),
        ...(error === undefined ? {} : describeError(error)),
      });
    }
    // The client may be gone meanwhile.
    if (!response.writableEnded && !response.destroyed) send(response, answer, this.color, this.draining);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    this.digest?.learn(request.headers[LIVE_HEADER]);
    const url = URL.parse(request.url ?? '/', 'http://notes.invalid');
    if (!url) throw new HttpError(400, 'the path cannot be read');
    const fault = faultOf({
      method: request.method ?? 'GET',
      path: url.pathname,
      preview: request.headers['x-greenroom-preview'] !== undefined,
    });
    if (url.pathname === '/livez') return json(200, { status: 'alive' });
    if (url.pathname === '/readyz') return this.readiness(fault);
    if (fault) throw new Error(fault);
    const notes = new Notes(this.store, this.cache, request.headers.cookie);
    const answer = await route({ request, url, store: notes, color: this.color });
    return { ...answer, headers: { ...answer.headers, ...notes.headers } };
  }

  /** Ready: the database answers and has what this version needs. */
  private async readiness(fault: string | undefined): Promise<Answer> {
    let reason = fault;
    try {
      reason ??= await this.store.missing();
    } catch (error) {
      reason = `the database cannot be used: ${String(describeError(error).reason)}`;
    }
    if (reason === undefined) return json(200, { status: 'ready' });
    log('error', 'not ready', { reason });
    return json(503, { status: 'not ready', reason });
  }

  private answerError(request: IncomingMessage, error: unknown): Answer {
    const { status, message, headers } = asHttpError(error);
    if (pathOf(request).startsWith('/api/')) return json(status, { error: message }, headers);
    const title = status === 404 ? 'Not found' : status < 500 ? 'That did not work' : 'Something broke';
    return {
      status,
      headers: { ...PAGE_HEADERS, ...headers },
      body: messagePage(title, `${message[0]?.toUpperCase()}${message.slice(1)}.`, this.color),
    };
  }
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  // PostgreSQL's class 22 is "data exception": the client sent what cannot be.
  if (/^22[0-9A-Z]{3}$/.test(code)) return new HttpError(400, 'a value is out of range');
  // Classes 08, 28, 53 and 57: no connection, not let in (the password was rotated), no resources, shut down. Node's own
  // codes mean the same; pg has none when its pool or a connection gives up.
  const gaveUp = error instanceof Error && /^(timeout exceeded|Connection terminated)/.test(error.message);
  if (gaveUp || /^(08|28|53|57)[0-9A-Z]{3}$|^E[A-Z]+$/.test(code)) {
    return new HttpError(503, 'the database cannot be reached; please try again', { 'retry-after': '2' });
  }
  return new HttpError(500, 'this is our fault; please try again');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
