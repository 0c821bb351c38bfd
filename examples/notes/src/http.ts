import type { IncomingMessage, ServerResponse } from 'node:http';
import { VERSION } from './constants';

/** A request that must not go on; it becomes an answer with this status and message. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Largest request body in bytes: a note's 20,000 characters of up to 4 bytes, percent-encoded at worst. */
const MAX_BODY_BYTES = 256 * 1024;

/** Reads a body of the wanted media type. @throws HttpError 413, 415 or 400 */
export async function readBody(request: IncomingMessage, type: string): Promise<string> {
  const given = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (given !== type) throw new HttpError(415, `send ${type}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is not read: the connection is closed after the answer.
    if (size > MAX_BODY_BYTES) {
      throw new HttpError(413, `a request may have ${MAX_BODY_BYTES / 1024} KB`, { connection: 'close' });
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new HttpError(400, 'the body is not UTF-8');
  }
}

/**
 * Refuses a change that a page of another site asks the viewer's browser for. Browsers say so in a header that pages
 * cannot set; clients that are no browsers send none.
 */
export function refuseCrossSite(request: IncomingMessage): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new HttpError(403, 'this change was asked for by another site');
  }
}

/** Headers of every answer, whatever it is: releases are recognised by the first two. */
function commonHeaders(color: string): Record<string, string> {
  return {
    'x-app-version': VERSION,
    'x-app-color': color,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    // Notes change with every request; nothing between here and the viewer may keep them.
    'cache-control': 'no-store',
  };
}

/** Sends an answer; `last` closes the connection after it. */
export function send(response: ServerResponse, answer: Answer, color: string, last: boolean): void {
  const body = answer.body ?? '';
  response.writeHead(answer.status, {
    ...commonHeaders(color),
    ...(answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...answer.headers,
    ...(last ? { connection: 'close' } : {}),
  });
  response.end(body);
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** After a form was sent: the browser fetches the page, and a reload does not send the form again. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { location } };
}
