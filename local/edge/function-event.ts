import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';

/** One value, or several, of a header, cookie or query parameter, as CloudFront Functions see them. */
export interface FunctionValue {
  value: string;
  attributes?: string;
  multiValue?: { value: string; attributes?: string }[];
}

export type FunctionValues = Record<string, FunctionValue>;

export interface FunctionRequest {
  method: string;
  uri: string;
  querystring: FunctionValues | string;
  headers: FunctionValues;
  cookies: FunctionValues;
}

export interface FunctionResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: FunctionValues;
  cookies?: FunctionValues;
  body?: string | { encoding: 'text' | 'base64'; data: string };
}

/** A viewer-request event. */
export interface FunctionEvent {
  readonly version: '1.0';
  readonly context: {
    readonly distributionDomainName: string;
    readonly distributionId: string;
    readonly eventType: 'viewer-request';
    readonly requestId: string;
  };
  readonly viewer: { readonly ip: string };
  readonly request: FunctionRequest;
}

/** A viewer-response event: the request is the one that the viewer-request function left. */
export interface ResponseEvent extends Omit<FunctionEvent, 'context'> {
  readonly context: Omit<FunctionEvent['context'], 'eventType'> & { readonly eventType: 'viewer-response' };
  readonly response: FunctionResponse;
}

/** Makes the event of an answer. */
export function responseEventOf(
  event: FunctionEvent,
  request: FunctionRequest,
  status: number,
  headers: Readonly<Record<string, string | string[]>>,
): ResponseEvent {
  const response: FunctionResponse = { statusCode: status, headers: {}, cookies: {} };
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (name !== 'set-cookie') add(response.headers as FunctionValues, name, each);
      else addCookie(response.cookies as FunctionValues, each);
    }
  }
  return { ...event, context: { ...event.context, eventType: 'viewer-response' }, request, response };
}

/** Makes the event of a request. Header names are lower case; cookies are not among the headers. */
export function eventOf(
  request: IncomingMessage,
  distribution: { readonly id: string; readonly domainName: string },
): FunctionEvent {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
  const headers: FunctionValues = {};
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] as string).toLowerCase();
    if (name !== 'cookie') add(headers, name, request.rawHeaders[index + 1] as string);
  }
  return {
    version: '1.0',
    context: {
      distributionDomainName: distribution.domainName,
      distributionId: distribution.id,
      eventType: 'viewer-request',
      requestId: randomUUID(),
    },
    viewer: { ip: addressOf(request) },
    request: {
      method: request.method ?? 'GET',
      uri: path,
      querystring: queryOf(query),
      headers,
      cookies: cookiesOf(request.headers.cookie ?? ''),
    },
  };
}

/** The viewer's address, without the prefix of IPv4 inside IPv6. */
function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** Path and query string of the request that the function returned. */
export function pathOf(request: FunctionRequest): string {
  const query = typeof request.querystring === 'string' ? request.querystring : joinValues(request.querystring, '&');
  return query === '' ? request.uri : `${request.uri}?${query}`;
}

/** Headers for the origin, the cookie header put together again. */
export function originHeaders(request: FunctionRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, header] of Object.entries(request.headers)) headers[name] = valuesOf(header);
  const cookies = joinValues(request.cookies ?? {}, '; ');
  if (cookies !== '') headers.cookie = cookies;
  return headers;
}

/** Headers of a response that a function generated or changed. */
export function responseHeaders(response: FunctionResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, header] of Object.entries(response.headers ?? {})) headers[name] = valuesOf(header);
  const cookies = Object.entries(response.cookies ?? {}).flatMap(([name, cookie]) =>
    (cookie.multiValue ?? [cookie]).map(
      ({ value, attributes }) => `${name}=${value}${attributes ? `; ${attributes}` : ''}`,
    ),
  );
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return headers;
}

export function responseBody(response: FunctionResponse): Buffer {
  const { body } = response;
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body.data, body.encoding === 'base64' ? 'base64' : 'utf8');
}

function valuesOf(header: FunctionValue): string | string[] {
  return header.multiValue && header.multiValue.length > 1 ? header.multiValue.map(({ value }) => value) : header.value;
}

function joinValues(values: FunctionValues, separator: string): string {
  return Object.entries(values)
    .flatMap(([name, each]) => (each.multiValue ?? [each]).map(({ value }) => pair(name, value)))
    .join(separator);
}

/** `?flag` and `?flag=` look the same to the function; CloudFront passes on the first form for an empty value. */
function pair(name: string, value: string): string {
  return value === '' ? name : `${name}=${value}`;
}

function queryOf(query: string): FunctionValues {
  const values: FunctionValues = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const [name = '', value = ''] = splitOnce(part, '=');
    add(values, name, value);
  }
  return values;
}

function cookiesOf(header: string): FunctionValues {
  const values: FunctionValues = {};
  for (const part of header.split(';')) {
    const text = part.trim();
    if (text === '') continue;
    const [name = '', value = ''] = splitOnce(text, '=');
    add(values, name, value);
  }
  return values;
}

function add(values: FunctionValues, name: string, value: string): void {
  const present = Object.hasOwn(values, name) ? values[name] : undefined;
  if (present) {
    present.multiValue ??= [{ value: present.value }];
    present.multiValue.push({ value });
  } else {
    values[name] = { value };
  }
}

function addCookie(cookies: FunctionValues, line: string): void {
  const [pairText = '', attributes = ''] = splitOnce(line, ';');
  const [name = '', value = ''] = splitOnce(pairText, '=');
  const cookie = { value, attributes: attributes.trim() };
  const present = Object.hasOwn(cookies, name) ? cookies[name] : undefined;
  if (!present) {
    cookies[name] = cookie;
    return;
  }
  present.multiValue ??= [{ value: present.value, attributes: present.attributes }];
  present.multiValue.push(cookie);
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}
