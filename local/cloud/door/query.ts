import { membersOf, readText, traitsOf } from './shapes';
import type { Shape } from './shapes';

/**
 * The form of the query protocol (`Tags.member.1.Key=…`) → typed input.
 *
 * @param flat EC2's kind of it: no list has a name for its items (`SubnetId.1=…`)
 */
export function readForm(shape: Shape, form: URLSearchParams, flat = false): Record<string, unknown> {
  const keys = [...form.keys()];
  return readStructure(shape, '', {
    form,
    flat,
    has: (prefix) => keys.some((key) => key === prefix || key.startsWith(`${prefix}.`)),
  });
}

interface Fields {
  readonly form: URLSearchParams;
  readonly flat: boolean;
  /** Whether a field of this name, or one below it, was sent. */
  has(prefix: string): boolean;
}

function readStructure(shape: Shape, prefix: string, fields: Fields): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of membersOf(shape)) {
    const key = `${prefix}${traitsOf(member).xmlName ?? name}`;
    if (fields.has(key)) result[name] = readField(member, key, fields);
  }
  return result;
}

function readField(shape: Shape, key: string, fields: Fields): unknown {
  if (shape.isStructSchema()) return readStructure(shape, `${key}.`, fields);
  const flat = fields.flat || traitsOf(shape).xmlFlattened;
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    const prefix = flat ? key : `${key}.${traitsOf(item).xmlName ?? 'member'}`;
    const items: unknown[] = [];
    for (let i = 1; fields.has(`${prefix}.${i}`); i++) items.push(readField(item, `${prefix}.${i}`, fields));
    return items;
  }
  if (shape.isMapSchema()) {
    const prefix = flat ? key : `${key}.entry`;
    const keyName = traitsOf(shape.getKeySchema()).xmlName ?? 'key';
    const valueName = traitsOf(shape.getValueSchema()).xmlName ?? 'value';
    const result: Record<string, unknown> = {};
    for (let i = 1; fields.has(`${prefix}.${i}`); i++) {
      const entry = fields.form.get(`${prefix}.${i}.${keyName}`) ?? '';
      result[entry] = readField(shape.getValueSchema(), `${prefix}.${i}.${valueName}`, fields);
    }
    return result;
  }
  return readText(shape, fields.form.get(key) ?? '');
}
