import { normalPath } from './changelog';
import type { Changeset } from './changelog';
import type { EngineName } from './engine';
import type { Place } from './problem';
import type { Properties } from './properties';
import type { YamlNode } from './yaml-node';

/** The files of a version's changelog: text by path relative to the folder of the root changelog. */
export type ChangelogFiles = Readonly<Record<string, string | Uint8Array>>;

/** What a file inherits from those that include it, and what all files share. */
export interface ReadingContext {
  readonly files: ChangelogFiles;
  readonly properties: Properties;
  /** Changesets and properties for another engine are left out. */
  readonly engine: EngineName;
  readonly contexts: readonly string[];
  readonly labels: readonly (readonly string[])[];
  readonly ignore: boolean;
  /** Contexts and label filter of the run: properties may be limited to them. */
  readonly given: { readonly contexts: readonly string[]; readonly labelFilter?: string };
  /** Changesets read so far, in whatever file: a rollback may refer to them. Every reader adds its own. */
  readonly earlier: Changeset[];
  /** Files being read, outermost first; a file that includes itself is refused. */
  readonly including: readonly string[];
  warn(place: Place, message: string): void;
}

/** Resolves a path written in a changelog, after its properties, to a key of its files. @throws ChangelogProblem when it leaves them */
export function resolvePath(node: YamlNode, relative: boolean, properties?: Properties): string {
  const text = node.text();
  const written = (properties?.expand(text, node.place) ?? text).replaceAll('\\', '/');
  if (/^classpath:/i.test(written)) throw node.problem('paths with "classpath:" are not supported');
  const folder = relative ? node.place.file.split('/').slice(0, -1).join('/') : '';
  let depth = 0;
  for (const segment of `${folder}/${written}`.split('/')) {
    if (segment !== '' && segment !== '.') depth += segment === '..' ? -1 : 1;
    if (depth < 0) throw node.problem(`"${written}" leads out of the changelog's folder`);
  }
  return normalPath(`${folder}/${written}`);
}

/** A file of the changelog by its path; undefined when there is none. */
export function contentOf(files: ChangelogFiles, file: string): string | Uint8Array | undefined {
  return Object.hasOwn(files, file) ? files[file] : undefined;
}
