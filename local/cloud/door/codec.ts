import { AwsError } from '../model';
import type { ServiceName } from '../model';
import { readJson, writeJson } from './json';
import { readForm } from './query';
import { matchPath, readRest, writeRest } from './rest';
import { membersOf, requiredOf, shapesOf } from './shapes';
import type { OperationShape, ServiceShapes } from './shapes';
import type { Protocol, WireRequest, WireResponse } from './wire';
import { element, escapeXml, writeXmlMembers } from './xml';

/** A request that has been understood: its operation and typed input. */
export interface Understood {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  answer(output: object): WireResponse;
}

/**
 * Reads a request of a service. `offered` are the operations that a model exists for: REST paths are matched against
 * those only. @throws AwsError UnknownOperationException
 */
export function understand(
  wire: { readonly service: ServiceName; readonly protocol: Protocol },
  request: WireRequest,
  offered: readonly string[],
): Understood {
  const { service, protocol } = wire;
  const shapes = shapesOf(service);
  if (protocol === 'rest-json' || protocol === 'rest-xml') return understandRest(shapes, wire, request, offered);
  const form =
    protocol === 'query' || protocol === 'ec2-query' ? new URLSearchParams(request.body.toString('utf8')) : undefined;
  const name = form ? form.get('Action') : request.headers['x-amz-target']?.split('.').at(-1);
  const operation = name ? shapes.operation(name) : undefined;
  if (!operation || !offered.includes(operation.name)) throw unknownOperation(service, name ?? request.path, offered);
  if (form) {
    const ec2 = protocol === 'ec2-query';
    const input = checked(operation, readForm(operation.input, form, ec2));
    return { operation: operation.name, input, answer: (output) => answerQuery(shapes, operation, output, ec2) };
  }
  const sent = JSON.parse(request.body.toString('utf8') || '{}') as Record<string, unknown>;
  // DynamoDB's model speaks the wire's JSON itself: what stands behind it is a server of its own.
  const raw = service === 'dynamodb';
  return {
    operation: operation.name,
    input: raw ? sent : checked(operation, readJson(operation.input, sent) as Record<string, unknown>),
    answer: (output) => answerJson(protocol, raw ? output : writeJson(operation.output, output)),
  };
}

/** The services refuse an input without a required member; the SDK sends it all the same. */
function checked(operation: OperationShape, input: Record<string, unknown>): Record<string, unknown> {
  const missing = requiredOf(operation.input).filter((name) => input[name] === undefined);
  if (missing.length === 0) return input;
  throw new AwsError('ValidationException', `${operation.name} needs ${missing.join(', ')}`);
}

function understandRest(
  shapes: ServiceShapes,
  { service, protocol }: { service: ServiceName; protocol: Protocol },
  sent: WireRequest,
  offered: readonly string[],
): Understood {
  const { request, bucket } = service === 's3' ? takeBucket(sent) : { request: sent, bucket: undefined };
  const fits = offered
    .map((name) => shapes.operation(name))
    .filter((operation) => operation !== undefined)
    .map((operation) => ({ operation, match: matchPath(operation, request) }))
    .filter(({ match }) => match !== undefined)
    .sort((a, b) => b.match!.literals - a.match!.literals);
  const best = fits[0];
  if (!best) throw unknownOperation(service, `${sent.method} ${sent.path}`, offered);
  const { operation } = best;
  const format =
    protocol === 'rest-json' ? { kind: 'json' as const } : { kind: 'xml' as const, namespace: shapes.xmlNamespace };
  const input = readRest(operation, request, best.match!.labels);
  if (bucket !== undefined) input.Bucket = bucket;
  return {
    operation: operation.name,
    input: checked(operation, input),
    answer: (output) => writeRest(operation, output, format),
  };
}

/** An endpoint that is an IP address gets path-style requests: `/bucket/key`. */
function takeBucket(request: WireRequest): { request: WireRequest; bucket: string } {
  if (request.headers['content-encoding']?.includes('aws-chunked')) {
    throw new AwsError('NotImplemented', 'the local S3 takes whole bodies only: give PutObject a string or bytes', 501);
  }
  const [, bucket = '', ...key] = request.path.split('/');
  return { request: { ...request, path: `/${key.join('/')}` }, bucket: decodeURIComponent(bucket) };
}

function unknownOperation(service: ServiceName, what: string, offered: readonly string[]): AwsError {
  const known = offered.length > 0 ? offered.join(', ') : 'nothing';
  return new AwsError(
    'UnknownOperationException',
    `the local cloud has no ${service} ${what}; its model offers ${known}`,
  );
}

function answerJson(protocol: Protocol, body: unknown): WireResponse {
  const type = `application/x-amz-json-${protocol === 'json-1.0' ? '1.0' : '1.1'}`;
  return { status: 200, headers: { 'content-type': type }, body: Buffer.from(JSON.stringify(body ?? {})) };
}

/** EC2 speaks the query protocol without a result around the answer. */
function answerQuery(shapes: ServiceShapes, operation: OperationShape, output: object, ec2: boolean): WireResponse {
  const members = membersOf(operation.output).length > 0 ? writeXmlMembers(operation.output, output) : '';
  const result = ec2 ? members : element(`${operation.name}Result`, members);
  const metadata = ec2 ? element('requestId', 'local') : element('ResponseMetadata', element('RequestId', 'local'));
  const xml = element(`${operation.name}Response`, result + metadata, { xmlns: shapes.xmlNamespace ?? '' });
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(xml) };
}

/** An error as the protocol writes it. The code on the wire is the one that the SDK turns into `error.code` as name. */
export function answerError(
  wire: { readonly service: ServiceName; readonly protocol: Protocol } | undefined,
  error: AwsError,
  method: string,
): WireResponse {
  const shape = wire && shapesOf(wire.service).error(error.code);
  // The JSON protocols answer every mistake of the client with 400, whatever the error's shape says.
  const modelled = wire?.protocol.startsWith('json') ? undefined : shape?.status;
  const status = error.status === 400 ? (modelled ?? 400) : error.status;
  if (wire?.protocol === 'query' || wire?.protocol === 'rest-xml') {
    const body = element('Code', shape?.queryCode ?? error.code) + element('Message', escapeXml(error.message));
    const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
    const xml =
      wire.service === 's3'
        ? element('Error', body + element('RequestId', 'local'))
        : element('ErrorResponse', element('Error', type + body) + element('RequestId', 'local'));
    // The answer to HEAD has no body: the SDK then knows an error by its status only.
    const bytes = method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
    return { status, headers: { 'content-type': 'application/xml' }, body: bytes };
  }
  if (wire?.protocol === 'ec2-query') {
    const body = element('Code', error.code) + element('Message', escapeXml(error.message));
    const xml = element('Response', element('Errors', element('Error', body)) + element('RequestID', 'local'));
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(xml) };
  }
  const messageName = shape && membersOf(shape.shape).some(([name]) => name === 'Message') ? 'Message' : 'message';
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: Buffer.from(JSON.stringify({ ...error.details, __type: error.code, [messageName]: error.message })),
  };
}
