import { createHash } from 'node:crypto';

/** Liquibase's checksum format that this runner writes and understands. */
export const CHECKSUM_VERSION = 9;

/** Checksum of a change made of SQL text: white space does not count, comments do. */
export function sqlChecksum(sql: string): string {
  return md5(sql.replace(/[ \t\n\r]/g, ''));
}

/** Checksum of a change that Liquibase serialises by its fields, for example `tagDatabase:[\n    tag="v1.0"\n]`. */
export function fieldsChecksum(name: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.keys(fields)
    .sort()
    .map((field) => `    ${field}="${fields[field]}"`);
  return md5(lines.length === 0 ? `${name}:[]` : `${name}:[\n${lines.join('\n')}\n]`);
}

/** Checksum of a changeset from those of its changes and of its `modifySql`, in order; without any, of the empty text. */
export function changesetChecksum(changes: readonly string[], modifications: readonly string[] = []): string {
  return md5([...changes.map((sum) => `${sum}:`), ...modifications.map((sum) => `${sum};`)].join(''));
}

function md5(text: string): string {
  return `${CHECKSUM_VERSION}:${createHash('md5').update(text, 'utf8').digest('hex')}`;
}
