import { membersOf, refuseUnknownMembers, traitsOf, writeText } from './shapes';
import type { Shape } from './shapes';

/** One element; `content` is XML already. */
export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return `<${name}${written.join('')}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The members of a structure as elements, in the schema's order. */
export function writeXmlMembers(shape: Shape, value: object): string {
  const source = value as Record<string, unknown>;
  refuseUnknownMembers(shape, source, shape.getName() ?? 'structure');
  return membersOf(shape)
    .filter(([name, member]) => source[name] !== undefined && source[name] !== null && !isBound(member))
    .map(([name, member]) => writeMember(name, member, source[name]))
    .join('');
}

/** A member that travels elsewhere: in a header, as the payload, as the status. */
function isBound(member: Shape): boolean {
  const traits = traitsOf(member);
  return Boolean(traits.httpHeader || traits.httpPrefixHeaders || traits.httpResponseCode || traits.httpPayload);
}

function writeMember(memberName: string, member: Shape, value: unknown): string {
  const traits = traitsOf(member);
  const name = traits.xmlName ?? memberName;
  if (member.isListSchema()) {
    const items = value as unknown[];
    const itemShape = member.getValueSchema();
    if (traits.xmlFlattened) return items.map((item) => element(name, writeContent(itemShape, item))).join('');
    const itemName = traitsOf(itemShape).xmlName ?? 'member';
    return element(name, items.map((item) => element(itemName, writeContent(itemShape, item))).join(''));
  }
  if (member.isMapSchema()) {
    const keyName = traitsOf(member.getKeySchema()).xmlName ?? 'key';
    const valueShape = member.getValueSchema();
    const valueName = traitsOf(valueShape).xmlName ?? 'value';
    const entries = Object.entries(value as object).map(
      ([key, item]) => element(keyName, escapeXml(key)) + element(valueName, writeContent(valueShape, item)),
    );
    const wrapped = entries.map((entry) => element(traits.xmlFlattened ? name : 'entry', entry)).join('');
    return traits.xmlFlattened ? wrapped : element(name, wrapped);
  }
  return element(name, writeContent(member, value));
}

function writeContent(shape: Shape, value: unknown): string {
  if (shape.isStructSchema()) return writeXmlMembers(shape, value as object);
  return escapeXml(writeText(shape, value, 'date-time'));
}
