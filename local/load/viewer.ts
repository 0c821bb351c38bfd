import { createServer } from 'node:net';
import { Pool } from 'undici';

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly color: 'blue' | 'green' | 'none';
  readonly version: string | null;
  readonly location: string | null;
  readonly body: string;
}

/** What a viewer sends besides the method and path. */
export type Payload = { readonly json: object } | { readonly form: Record<string, string> };

/** Somebody at a browser: an address, a user agent, cookies and a few connections of their own. Nothing is ever sent again. */
export class Viewer {
  private readonly pool: Pool;
  private readonly userAgent: string;
  /** As a browser keeps them for one site; each is gone with the viewer. */
  private readonly cookies = new Map<string, string>();

  constructor(
    url: string,
    number: number,
    private readonly timeoutMs: number,
    ownAddress: boolean,
  ) {
    this.userAgent = `Mozilla/5.0 (compatible; greenroom-load; viewer ${number})`;
    this.pool = new Pool(url, {
      connections: 4,
      pipelining: 1,
      // Beside `connect`, not in it: there undici would overwrite it.
      ...(ownAddress ? { localAddress: addressOf(number) } : {}),
      connect: { timeout: timeoutMs, ...(ownAddress ? { family: 4 } : {}) },
    });
  }

  /** @throws Error when no whole answer came in time */
  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: Payload): Promise<Reply> {
    const headers: Record<string, string> = { 'user-agent': this.userAgent };
    if (this.cookies.size > 0) headers.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    let body: string | undefined;
    if (payload && 'json' in payload) {
      headers['content-type'] = 'application/json';
      body = JSON.stringify(payload.json);
    } else if (payload) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      body = new URLSearchParams(payload.form).toString();
    }
    const signal = AbortSignal.timeout(this.timeoutMs);
    const response = await this.pool.request({ method, path, headers, body: body ?? null, signal });
    this.keepCookies(response.headers['set-cookie']);
    const color = text(response.headers['x-app-color']);
    return {
      status: response.statusCode,
      color: color === 'blue' || color === 'green' ? color : 'none',
      version: text(response.headers['x-app-version']),
      location: text(response.headers.location),
      body: await response.body.text(),
    };
  }

  private keepCookies(lines: string | string[] | undefined): void {
    for (const line of [lines ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*max-age=0\b/i.test(line)) this.cookies.delete(name);
      else if (name !== '') this.cookies.set(name, value);
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

/**
 * Whether viewers can have loopback addresses of their own: Linux answers on all of 127.0.0.0/8, macOS on 127.0.0.1
 * only. Only for an edge on loopback.
 */
export async function canHaveOwnAddresses(url: string): Promise<boolean> {
  if (!['localhost', '127.0.0.1'].includes(new URL(url).hostname)) return false;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(0, addressOf(0), () => probe.close(() => resolve(true)));
  });
}

function addressOf(number: number): string {
  return `127.0.${1 + Math.floor(number / 250)}.${1 + (number % 250)}`;
}

function text(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
