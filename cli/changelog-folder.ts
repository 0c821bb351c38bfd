import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { EngineName } from '../lambda/migrator/engine';
import { readChangelog } from '../lambda/migrator/reader';
import { CliError } from './exit';

/** A version's changelog as the workflow reads it from the artifact bucket. */
export interface BuiltChangelog {
  /** `changelogs/<sha256>.json` */
  readonly key: string;
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly files: readonly string[];
  readonly changesets: number;
  /** What the reader skips, with file and line. */
  readonly warnings: readonly string[];
}

/** The root changelog, relative to the folder. */
export const ROOT_CHANGELOG = 'changelog.yaml';

/** What a changelog is made of; a README beside it is not part of it. */
const PART = /\.(sql|ya?ml|json)$/i;

/**
 * Packs a folder with a changelog into one artifact, and reads it as the migrator will, so that what it would refuse is
 * refused here. The same files give the same bytes on every machine.
 *
 * @param engine - what it will run on: `dbms:` and the ends of statements follow from it
 *
 * @throws CliError when the folder cannot be read, a file is no UTF-8, or the changelog is wrong (with file and line).
 */
export function buildChangelog(directory: string, engine: EngineName = 'postgresql'): BuiltChangelog {
  const files: Record<string, string> = {};
  for (const path of listParts(directory)) files[path] = readText(join(directory, path));
  if (files[ROOT_CHANGELOG] === undefined) {
    throw new CliError(`${join(directory, ROOT_CHANGELOG)} does not exist: --directory names the folder that holds it`);
  }
  const { changesets, warnings } = readAsMigrator(files, directory, engine);
  const bytes = Buffer.from(JSON.stringify({ root: ROOT_CHANGELOG, files }));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    key: `changelogs/${sha256}.json`,
    sha256,
    bytes,
    files: Object.keys(files),
    changesets: changesets.length,
    warnings: warnings.map(({ place, message }) => `${join(directory, place.file)}:${place.line}: ${message}`),
  };
}

/** Paths with `/`, in the order of their UTF-16 code units, whatever the machine's language. */
function listParts(directory: string): string[] {
  let entries;
  try {
    entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      `the folder ${directory} cannot be read (${code}): --directory names the one with the changelog`,
    );
  }
  const parts = entries.filter(({ name }) => PART.test(name) && !name.startsWith('.'));
  return parts
    .filter((entry) => {
      if (entry.isSymbolicLink()) {
        throw new CliError(`${join(entry.parentPath, entry.name)} is a symbolic link: put the file itself there`);
      }
      return entry.isFile();
    })
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort((one, other) => (one < other ? -1 : 1));
}

/** The byte order mark stays: the artifact is the files as they are. */
function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CliError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliError(`${file} is no UTF-8 text: save it as UTF-8`);
  }
}

function readAsMigrator(
  files: Record<string, string>,
  directory: string,
  engine: EngineName,
): ReturnType<typeof readChangelog> {
  try {
    return readChangelog(files, ROOT_CHANGELOG, { engine });
  } catch (error) {
    throw new CliError(`the changelog in ${directory} is wrong: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}
