import { types } from 'node:util';
import { membersOf, readTimestamp, refuseUnknownMembers, traitsOf, writeTimestamp } from './shapes';
import type { Shape } from './shapes';

/** JSON of the wire → typed input: dates and blobs become Date and Uint8Array. */
export function readJson(shape: Shape, value: unknown, jsonNames = false): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isTimestampSchema()) return readTimestamp(value as string | number);
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(value as string, 'base64'));
  if (shape.isListSchema()) {
    const member = shape.getValueSchema();
    return (value as unknown[]).map((item) => readJson(member, item, jsonNames));
  }
  if (shape.isMapSchema()) {
    const member = shape.getValueSchema();
    return mapValues(value as object, (item) => readJson(member, item, jsonNames));
  }
  if (shape.isStructSchema()) {
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const [name, member] of membersOf(shape)) {
      const wire = (jsonNames && traitsOf(member).jsonName) || name;
      if (source[wire] !== undefined && source[wire] !== null) result[name] = readJson(member, source[wire], jsonNames);
    }
    return result;
  }
  return value;
}

/** Typed output → JSON of the wire. */
export function writeJson(shape: Shape, value: unknown, jsonNames = false): unknown {
  if (value === null || value === undefined) return undefined;
  if (types.isDate(value)) return writeTimestamp(shape, value, 'epoch-seconds');
  if (types.isUint8Array(value)) return Buffer.from(value).toString('base64');
  if (shape.isListSchema()) {
    const member = shape.getValueSchema();
    return (value as unknown[]).map((item) => writeJson(member, item, jsonNames));
  }
  if (shape.isMapSchema()) {
    const member = shape.getValueSchema();
    return mapValues(value as object, (item) => writeJson(member, item, jsonNames));
  }
  if (shape.isStructSchema()) {
    const source = value as Record<string, unknown>;
    refuseUnknownMembers(shape, source, shape.getName() ?? 'structure');
    const result: Record<string, unknown> = {};
    for (const [name, member] of membersOf(shape)) {
      if (source[name] !== undefined)
        result[(jsonNames && traitsOf(member).jsonName) || name] = writeJson(member, source[name], jsonNames);
    }
    return result;
  }
  return value;
}

function mapValues(value: object, change: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
