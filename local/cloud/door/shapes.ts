import { createRequire } from 'node:module';
import { types } from 'node:util';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceName } from '../model';

/**
 * What an SDK client knows of its service's wire format. The door reads requests and writes answers by the schemas of
 * the installed clients, so that it cannot drift from the versions that the handlers are bundled with.
 */
export interface ServiceShapes {
  readonly xmlNamespace?: string;
  operation(name: string): OperationShape | undefined;
  error(code: string): ErrorShape | undefined;
}

export interface OperationShape {
  readonly name: string;
  /** Method, path template with static query, success status; only REST protocols have it. */
  readonly http?: readonly [method: string, path: string, status: number];
  readonly input: Shape;
  readonly output: Shape;
}

export interface ErrorShape {
  readonly shape: Shape;
  readonly status?: number;
  /** The code on the wire where it differs from the error's name (query protocol). */
  readonly queryCode?: string;
}

export type Shape = NormalizedSchema;

/** Traits of a member that say where and how it travels. */
export interface Traits {
  readonly httpLabel?: 1;
  readonly httpHeader?: string;
  readonly httpQuery?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
  readonly httpPrefixHeaders?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly xmlAttribute?: 1;
  readonly jsonName?: string;
}

export const traitsOf = (shape: Shape): Traits => shape.getMergedTraits() as Traits;

const load = createRequire(__filename);
const shapes = new Map<ServiceName, ServiceShapes>();

/** The shapes of a service; its client is loaded when first asked for (16 clients take about 0.3 s). */
export function shapesOf(service: ServiceName): ServiceShapes {
  let known = shapes.get(service);
  if (known === undefined) {
    known = readClient(load(`@aws-sdk/client-${service}`), service);
    shapes.set(service, known);
  }
  return known;
}

type StaticOperation = readonly [9, string, string, { http?: OperationShape['http'] }, unknown, unknown];
type StaticError = readonly [-3, string, string, { httpError?: number; awsQueryError?: [string, number] }];

function readClient(client: Record<string, unknown>, service: ServiceName): ServiceShapes {
  return {
    xmlNamespace: XML_NAMESPACES[service],
    operation(name) {
      const found = client[`${name}$`] as StaticOperation | undefined;
      if (found?.[0] !== 9) return undefined;
      return { name, http: found[3]?.http, input: normalized(found[4]), output: normalized(found[5]) };
    },
    error(code) {
      const found = client[`${code}$`] as StaticError | undefined;
      if (found?.[0] !== -3) return undefined;
      const { httpError, awsQueryError } = found[3] ?? {};
      return { shape: normalized(found), status: awsQueryError?.[1] ?? httpError, queryCode: awsQueryError?.[0] };
    },
  };
}

const normalized = (schema: unknown) => NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]);

/** Names in the clients' protocol settings, which they do not export. */
const XML_NAMESPACES: Partial<Record<ServiceName, string>> = {
  cloudfront: 'http://cloudfront.amazonaws.com/doc/2020-05-31/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  'elastic-load-balancing-v2': 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  rds: 'http://rds.amazonaws.com/doc/2014-10-31/',
  s3: 'http://s3.amazonaws.com/doc/2006-03-01/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
};

/** Members of a structure; none for an operation without input or output. */
export function membersOf(shape: Shape): [string, Shape][] {
  return shape.isStructSchema() ? [...shape.structIterator()] : [];
}

/** Members that a structure must have: Smithy's static schemas put them first and count them. */
export function requiredOf(shape: Shape): string[] {
  if (!shape.isStructSchema()) return [];
  const [, , , , names, , count] = shape.getSchema() as unknown as [
    number,
    string,
    string,
    unknown,
    string[],
    unknown,
    number?,
  ];
  return names.slice(0, count ?? 0);
}

/** The output as the SDK would accept it: a member that the service does not have is a mistake in the model. */
export function refuseUnknownMembers(shape: Shape, value: object, where: string): void {
  const known = new Set(membersOf(shape).map(([name]) => name));
  for (const name of Object.keys(value)) {
    if (!known.has(name) && name !== '$metadata')
      throw new Error(`${where} has no member "${name}": mend the local model`);
  }
}

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** Format of a timestamp: what its schema says, else the default of the place where it travels. */
function timestampFormat(shape: Shape, otherwise: TimestampFormat): TimestampFormat {
  // Schema numbers of Smithy's static schemas: 4 timestamp without format, 5 date-time, 6 http-date, 7 epoch-seconds.
  const formats: Partial<Record<number, TimestampFormat>> = { 5: 'date-time', 6: 'http-date', 7: 'epoch-seconds' };
  return formats[shape.getSchema() as number] ?? otherwise;
}

export function writeTimestamp(shape: Shape, value: Date, otherwise: TimestampFormat): string | number {
  switch (timestampFormat(shape, otherwise)) {
    case 'date-time':
      return value.toISOString().replace('.000Z', 'Z');
    case 'http-date':
      return value.toUTCString();
    case 'epoch-seconds':
      return value.getTime() / 1000;
  }
}

export function readTimestamp(value: string | number): Date {
  if (typeof value === 'number') return new Date(value * 1000);
  return /^\d+(\.\d+)?$/.test(value) ? new Date(Number(value) * 1000) : new Date(value);
}

/** A value without structure, from text: a label, header, query parameter or form field. */
export function readText(shape: Shape, text: string): unknown {
  if (shape.isTimestampSchema()) return readTimestamp(text);
  if (shape.isBooleanSchema()) return text === 'true';
  if (shape.isNumericSchema()) return Number(text);
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  return text;
}

/** A value without structure, as text. */
export function writeText(shape: Shape, value: unknown, timestamps: TimestampFormat): string {
  if (types.isDate(value)) return String(writeTimestamp(shape, value, timestamps));
  if (types.isUint8Array(value)) return Buffer.from(value).toString('base64');
  return String(value);
}
