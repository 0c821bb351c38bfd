import type { EngineName } from './engine';
import type { Place } from './problem';

/** A piece of SQL with what is needed to split it and to name the file and line of each statement. */
export interface SqlText {
  readonly sql: string;
  readonly file: string;
  /** Line in `file` of each line of `sql`. */
  readonly lines: readonly number[];
  /** @default true in changelogs */
  readonly splitStatements: boolean;
  /** Formatted SQL strips comments, YAML and rollbacks keep them. */
  readonly stripComments: boolean;
  /** What ends a statement. @default - the engine's own grammar decides */
  readonly endDelimiter?: string;
}

/** One change of a changeset. */
export type Change =
  | (SqlText & {
      readonly type: 'sql' | 'sqlFile';
      readonly checksum: string;
      readonly dbms?: readonly string[];
      readonly path?: string;
    })
  | { readonly type: 'tagDatabase'; readonly tag: string; readonly checksum: string }
  | { readonly type: 'output'; readonly message: string; readonly checksum: string }
  | { readonly type: 'empty'; readonly checksum: string };

/** An edit that `modifySql` makes to every statement of a changeset. */
export interface Modification {
  readonly type: 'append' | 'prepend' | 'replace' | 'regExpReplace';
  readonly value?: string;
  readonly replace?: string;
  readonly with?: string;
  readonly applyToRollback: boolean;
  /** False when it is for another engine; it does not count in the checksum then. */
  readonly applies: boolean;
  readonly checksum: string;
}

/** What to do when a precondition does not hold (`onFail`) or cannot be asked (`onError`). */
export type PreconditionReaction = 'HALT' | 'CONTINUE' | 'MARK_RAN' | 'WARN';

/** One question to the database, or a combination of questions. */
export type Precondition =
  | { readonly type: 'sqlCheck'; readonly expectedResult: string; readonly sql: string; readonly place: Place }
  | { readonly type: 'tableExists'; readonly table: string; readonly schema?: string; readonly place: Place }
  | { readonly type: 'viewExists'; readonly view: string; readonly schema?: string; readonly place: Place }
  | { readonly type: 'dbms'; readonly names: readonly string[]; readonly place: Place }
  | { readonly type: 'and' | 'or' | 'not'; readonly nested: readonly Precondition[]; readonly place: Place };

/** The preconditions of a changeset or of a whole changelog; all of them must hold. */
export interface Preconditions {
  readonly onFail: PreconditionReaction;
  readonly onError: PreconditionReaction;
  readonly onFailMessage?: string;
  readonly onErrorMessage?: string;
  readonly nested: readonly Precondition[];
}

/** How a changeset is taken back: `none` means that nothing was written about it, `empty` that nothing is needed. */
export type Rollback =
  | { readonly type: 'none' }
  | { readonly type: 'empty' }
  | { readonly type: 'changes'; readonly changes: readonly Change[] };

/** A changeset; `id`, `author` and `path` together are its identity. */
export interface Changeset {
  /** What it was read for. */
  readonly engine: EngineName;
  readonly id: string;
  readonly author: string;
  /** Logical path, as stored in the column FILENAME. */
  readonly path: string;
  /** Where it is written. */
  readonly place: Place;
  readonly checksum: string;
  readonly description: string;
  readonly comment: string;
  /** Context expressions that must all hold: those of the including files, then its own. */
  readonly contexts: readonly string[];
  /** Sets of labels in lower case, each of which must pass the filter: those of the including files, then its own. */
  readonly labels: readonly (readonly string[])[];
  readonly dbms: readonly string[];
  readonly runOnChange: boolean;
  readonly runAlways: boolean;
  readonly runInTransaction: boolean;
  readonly failOnError: boolean;
  readonly ignore: boolean;
  readonly runOrder?: 'first' | 'last';
  /** Checksums that are accepted besides its own; `ANY` accepts all. */
  readonly validCheckSums: readonly string[];
  readonly preconditions?: Preconditions;
  readonly changes: readonly Change[];
  readonly modifications: readonly Modification[];
  readonly rollback: Rollback;
  /** Greenroom's own remarks: `--greenroom contract needs:v2.0.0`, `--greenroom allow:rule reason`. */
  readonly remarks: readonly Remark[];
}

/** What the author says about a changeset to Greenroom; a comment to Liquibase, not counted in the checksum's rules. */
export interface Remark {
  readonly place: Place;
  readonly text: string;
}

/** A whole changelog in the order in which it runs. */
export interface Changelog {
  readonly root: string;
  /** What it was read for; an update on another engine is refused. */
  readonly engine: EngineName;
  readonly changesets: readonly Changeset[];
  readonly preconditions: readonly Preconditions[];
  /** What Liquibase skips in silence and this reader skips too, but says. */
  readonly warnings: readonly { readonly place: Place; readonly message: string }[];
}

/**
 * Words an identity as Liquibase does: `path::id::author`. Paths are compared without what older versions of it wrote
 * before them (`classpath:`, `/`), so that rows of those are known again.
 */
export function identity({ path, id, author }: { path: string; id: string; author: string }): string {
  return `${normalPath(path)}::${id}::${author}`;
}

/** What {@link normalPath} takes away: nearly no path has it, and it is asked for every changeset. */
const UNUSUAL = /^(classpath:|[a-z]:[\\/])|\\|(^|\/)\.{0,2}(\/|$)/i;

/** Stored form of FILENAME: no `classpath:`, no drive, no leading `/`, forward slashes, no `.` and `..` segments. */
export function normalPath(path: string): string {
  if (!UNUSUAL.test(path)) return path;
  const segments: string[] = [];
  for (const segment of path
    .replace(/^(classpath:|[a-z]:(?=[\\/]))/i, '')
    .replaceAll('\\', '/')
    .split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && (segments.at(-1) ?? '..') !== '..') segments.pop();
    else segments.push(segment);
  }
  return segments.join('/');
}

/** The column CONTEXTS as Liquibase writes it: expressions with blanks or commas in parentheses, joined by AND. */
export function contextsColumn(changeset: Changeset): string | null {
  const parts = changeset.contexts
    .filter((expression) => expression !== '')
    .map((expression) => (/[, ]/.test(expression) ? `(${expression})` : expression));
  return parts.length === 0 ? null : parts.join(' AND ');
}

/** The column LABELS: all labels, those of the including files first. */
export function labelsColumn(changeset: Changeset): string | null {
  const labels = changeset.labels.flat();
  return labels.length === 0 ? null : labels.join(',');
}
