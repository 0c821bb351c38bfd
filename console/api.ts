import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { CONSOLE_HEADER, type ConsoleAct } from '../lambda/domain/console';

/** The API refused; the message is for the person. */
class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The console's API in the name of whoever holds the token. */
export class Api {
  /** Milliseconds by which the server's clock is ahead of this one. */
  ahead = 0;
  private readonly known = new Map<string, { readonly etag: string; readonly value: unknown }>();

  constructor(
    private readonly token: string,
    /** Told once the token is worth nothing any more. */
    private readonly onEnd: () => void,
    private readonly base = '',
  ) {}

  /** An answer that has not changed since is the very same object. */
  async read<T>(path: string): Promise<T> {
    const known = this.known.get(path);
    const response = await this.send(path, known && { headers: { 'if-none-match': known.etag } });
    if (response.status === 304 && known) return known.value as T;
    const value = (await response.json()) as T;
    const etag = response.headers.get('etag');
    if (etag !== null) this.known.set(path, { etag, value });
    return value;
  }

  async act<T = unknown>(act: ConsoleAct, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json', [CONSOLE_HEADER]: '1' };
    const response = await this.send(`/api/acts/${act}`, { method: 'POST', body: JSON.stringify(body), headers });
    return (await response.json()) as T;
  }

  private async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.token}` };
    // The browser's own cache would answer for the API; what is known is kept here.
    const response = await fetch(this.base + path, { ...init, headers, cache: 'no-store' }).catch(() => {
      throw new ApiError(0, init.method === 'POST' ? `${UNREACHABLE} ${MAYBE_DONE}` : UNREACHABLE);
    });
    const date = response.headers.get('date');
    if (date !== null) this.ahead = Date.parse(date) - Date.now();
    if (response.ok || response.status === 304) return response;
    if (response.status === 401) this.onEnd();
    const told = (await response.json().catch(() => ({}))) as { error?: string; message?: string };
    // What stands before the API has a status for it, and words that say nothing.
    const message = response.status !== 401 && told.error !== undefined ? told.message : BEFORE_API[response.status];
    throw new ApiError(response.status, message ?? `The console answered with error ${response.status}. ${MAYBE_DONE}`);
  }
}

const UNREACHABLE = 'The console cannot be reached: look at your network.';
const MAYBE_DONE = 'Look at how things stand before you try again: it may have been done.';
const BEFORE_API: Readonly<Record<number, string>> = {
  401: 'Your session has ended. Sign in again; nothing was done.',
  403: 'The firewall before the console refused this; nothing was done.',
  429: 'The console is asked too much at the moment; nothing was done. Try again in a few seconds.',
  503: `The console did not answer in time. ${MAYBE_DONE}`,
  504: `The console did not answer in time. ${MAYBE_DONE}`,
};

export interface Polled<T> {
  readonly value?: T;
  /** Why the newest question got no answer; what was known before is still shown. */
  readonly error?: Error;
  /** Asks at once, for example after an act. */
  readonly refresh: () => void;
}

/** Asks again and again, at a pace that follows from the answer; not while nobody looks. */
export function usePoll<T>(api: Api | undefined, path: string, paceOf: (value: T | undefined) => number): Polled<T> {
  const [state, setState] = useState<{ value?: T; error?: Error }>({});
  const ask = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (api === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    let last: T | undefined;
    const once = async (): Promise<void> => {
      clearTimeout(timer);
      try {
        const value = await api.read<T>(path);
        if (stopped) return;
        if (value !== last) setState({ value });
        else setState((before) => (before.error ? { value } : before));
        last = value;
      } catch (error) {
        if (!stopped) setState((before) => ({ ...before, error: error as Error }));
        if (error instanceof ApiError && error.status === 401) return;
      }
      if (!stopped && !document.hidden) timer = setTimeout(once, paceOf(last));
    };
    const look = () => void (document.hidden ? clearTimeout(timer) : once());
    ask.current = () => void once();
    document.addEventListener('visibilitychange', look);
    void once();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [api, path]);
  const refresh = useCallback(() => ask.current(), []);
  return { ...state, refresh };
}

/** The time on the server, every second. */
export function useNow(api: Api | undefined): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now + (api?.ahead ?? 0);
}
