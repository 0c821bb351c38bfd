import { types } from 'node:util';
import { AwsError } from '../model';
import { readJson, writeJson } from './json';
import { membersOf, readText, refuseUnknownMembers, traitsOf, writeText } from './shapes';
import type { OperationShape } from './shapes';
import type { WireRequest, WireResponse } from './wire';
import { element, writeXmlMembers } from './xml';

/** What a path template makes of a request; undefined when it does not fit. `literals` tells the better of two fits. */
export function matchPath(
  operation: OperationShape,
  request: WireRequest,
): { labels: Record<string, string>; literals: number } | undefined {
  const [method, template] = operation.http ?? [];
  if (method !== request.method || template === undefined) return undefined;
  const [path = '', query = ''] = template.split('?');
  const names: string[] = [];
  const pattern = path.replace(/[.*]/g, '\\$&').replace(/\{(\w+)(\+?)\}/g, (_all, name: string, greedy: string) => {
    names.push(name);
    return greedy ? '(.+)' : '([^/]+)';
  });
  const found = new RegExp(`^${pattern}/?$`).exec(request.path);
  if (!found) return undefined;
  let literals = path.length;
  for (const [name, value] of new URLSearchParams(query)) {
    if (request.query.get(name) !== value) return undefined;
    literals += 1000;
  }
  return { labels: Object.fromEntries(names.map((name, i) => [name, decode(found[i + 1] ?? '')])), literals };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('SerializationException', `the path holds a malformed escape: ${text}`);
  }
}

/** Labels, query, headers and body → typed input. Bodies are JSON or a blob: no operation here sends XML. */
export function readRest(
  operation: OperationShape,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  let body: Record<string, unknown> | undefined;
  for (const [name, member] of membersOf(operation.input)) {
    const traits = traitsOf(member);
    let text: string | undefined;
    if (traits.httpLabel) text = labels[name];
    else if (traits.httpHeader) text = request.headers[traits.httpHeader.toLowerCase()];
    else if (traits.httpQuery) text = request.query.get(traits.httpQuery) ?? undefined;
    else if (traits.httpPrefixHeaders) input[name] = prefixed(request.headers, traits.httpPrefixHeaders);
    else if (traits.httpPayload) input[name] = new Uint8Array(request.body);
    else {
      body ??= request.body.length > 0 ? (JSON.parse(request.body.toString('utf8')) as Record<string, unknown>) : {};
      const value = readJson(member, body[traits.jsonName ?? name], true);
      if (value !== undefined) input[name] = value;
    }
    if (text !== undefined) input[name] = readText(member, text);
  }
  return input;
}

function prefixed(headers: WireRequest['headers'], prefix: string): Record<string, string> {
  const wanted = Object.entries(headers).filter(([name]) => name.startsWith(prefix.toLowerCase()));
  return Object.fromEntries(wanted.map(([name, value]) => [name.slice(prefix.length), value ?? '']));
}

/** Typed output → status, headers and body. */
export function writeRest(
  operation: OperationShape,
  output: object,
  format: { kind: 'json' } | { kind: 'xml'; namespace?: string },
): WireResponse {
  const source = output as Record<string, unknown>;
  const headers: Record<string, string> = {};
  let status = operation.http?.[2] ?? 200;
  let body: Buffer | undefined;
  const inBody: Record<string, unknown> = {};
  refuseUnknownMembers(operation.output, source, operation.name);
  for (const [name, member] of membersOf(operation.output)) {
    const value = source[name];
    if (value === undefined || value === null) continue;
    const traits = traitsOf(member);
    if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = writeText(member, value, 'http-date');
    else if (traits.httpResponseCode) status = Number(value);
    else if (traits.httpPrefixHeaders)
      for (const [key, item] of Object.entries(value)) headers[`${traits.httpPrefixHeaders}${key}`] = String(item);
    else if (traits.httpPayload) {
      if (types.isUint8Array(value)) body = Buffer.from(value);
      else if (format.kind === 'json') body = Buffer.from(JSON.stringify(writeJson(member, value, true)));
      else {
        const root = traits.xmlName ?? member.getName() ?? name;
        body = xmlBody(element(root, writeXmlMembers(member, value), xmlns(format.namespace)));
      }
    } else inBody[name] = value;
  }
  const hasPayload = membersOf(operation.output).some(([, member]) => traitsOf(member).httpPayload);
  if (!hasPayload && format.kind === 'json')
    body = Buffer.from(JSON.stringify(writeJson(operation.output, inBody, true)));
  if (!hasPayload && format.kind === 'xml' && Object.keys(inBody).length > 0) {
    const root = operation.output.getName() ?? operation.name;
    body = xmlBody(element(root, writeXmlMembers(operation.output, inBody), xmlns(format.namespace)));
  }
  headers['content-type'] ??= format.kind === 'json' ? 'application/json' : 'application/xml';
  return { status, headers, body: body ?? Buffer.alloc(0) };
}

const xmlns = (namespace?: string): Record<string, string> => (namespace ? { xmlns: namespace } : {});
const xmlBody = (xml: string) => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
