import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake does with a request instead of answering it well. */
export type Mishap = 'error' | 'error-after-doing' | 'reset' | 'silence' | undefined;

/** The notes application in memory, where a test decides what goes wrong. */
export class FakeNotes {
  readonly notes = new Map<string, { id: string; title: string; body: string }>();
  /** Ids of deleted notes. */
  readonly deleted: string[] = [];
  /** Addresses and user agents that were seen. */
  readonly addresses = new Set<string>();
  readonly agents = new Set<string>();
  requests = 0;
  underWay = 0;
  mostUnderWay = 0;
  /** Decides by the number of the request, from 1. */
  mishap: (number: number, method: string, path: string) => Mishap = () => undefined;
  delayMs = 0;
  private readonly server: Server;

  constructor(private readonly color = 'blue') {
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const number = this.requests;
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    this.addresses.add(request.socket.remoteAddress ?? '');
    this.agents.add(request.headers['user-agent'] ?? '');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    this.underWay -= 1;
    const method = request.method ?? '';
    const path = request.url ?? '';
    const mishap = this.mishap(number, method, path);
    if (mishap === 'reset') return void request.socket.resetAndDestroy();
    if (mishap === 'silence') return;
    const answer =
      mishap === 'error' ? { status: 500, body: 'planted' } : this.answer(method, path, text, request.headers);
    const { status, body, location } =
      mishap === 'error-after-doing' ? { status: 502, body: 'planted', location: undefined } : answer;
    response.writeHead(status, {
      'x-app-color': this.color,
      'x-app-version': 'v1.0.0',
      ...(location ? { location } : {}),
    });
    response.end(body);
  }

  private answer(
    method: string,
    path: string,
    text: string,
    headers: IncomingMessage['headers'],
  ): { status: number; body?: string; location?: string } {
    const url = new URL(path, 'http://fake');
    const id = /(\d+)$/.exec(url.pathname)?.[1];
    const api = url.pathname.startsWith('/api/');
    const ids = url.searchParams.get('ids');
    if (ids) {
      const notes = ids.split(',').flatMap((wanted) => this.notes.get(wanted) ?? []);
      return { status: 200, body: JSON.stringify({ notes }) };
    }
    if (id === undefined && method === 'GET') return { status: 200, body: 'the list' };
    const sent =
      headers['content-type'] === 'application/json'
        ? (JSON.parse(text) as { title: string; body: string })
        : (Object.fromEntries(new URLSearchParams(text)) as { title: string; body: string });
    if (id === undefined) {
      const next = String(this.notes.size + 1 + this.requests * 10_000);
      this.notes.set(next, { id: next, title: sent.title, body: sent.body });
      return api ? { status: 201, location: `/api/notes/${next}` } : { status: 303, location: `/#note-${next}` };
    }
    const note = this.notes.get(id);
    if (!note) return { status: 404 };
    if (method === 'GET') return { status: 200, body: JSON.stringify(note) };
    if (method === 'DELETE') {
      this.notes.delete(id);
      this.deleted.push(id);
      return { status: 204 };
    }
    this.notes.set(id, { id, title: sent.title, body: sent.body });
    return { status: api ? 200 : 303 };
  }
}
