import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangelogFiles } from './reading';

/** Reads the files of a changelog from a folder, for the command line and for tests; releases read the artifact. */
export function readFolder(folder: string): ChangelogFiles {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, ''))
    .sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));
}
