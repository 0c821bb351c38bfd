import type { Change, Changelog, Changeset } from './changelog';
import { identity } from './changelog';
import { changesetChecksum, sqlChecksum } from './checksum';
import type { EngineName } from './engine';
import { dbmsMatches } from './expressions';
import { isFormattedSql, readFormattedSql } from './formatted-sql';
import type { Place } from './problem';
import { ChangelogProblem, placed } from './problem';
import { Properties } from './properties';
import { contentOf } from './reading';
import type { ChangelogFiles, ReadingContext } from './reading';
import { readRootChangelog } from './root-changelog';
import type { FileContent } from './root-changelog';
import { decodeText, splitLines, trimCountingLines } from './text';

/** What a changelog is read for. */
export interface ReadOptions {
  /** What the changelog will run on: `dbms:` and the end of a statement follow from it. @default 'postgresql' */
  readonly engine?: EngineName;
  /** @default - no context given: everything runs */
  readonly contexts?: readonly string[];
  /** Expression over label names. @default - no filter */
  readonly labelFilter?: string;
  /** Properties that win over those of the changelog. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * Reads a whole changelog: the root file and everything that it includes.
 *
 * @throws ChangelogProblem with file and line for everything that is not understood, and for two changesets of one identity
 */
export function readChangelog(files: ChangelogFiles, root: string, options: ReadOptions = {}): Changelog {
  const warnings: { place: Place; message: string }[] = [];
  const context: ReadingContext = {
    files,
    engine: options.engine ?? 'postgresql',
    properties: new Properties(options.properties),
    contexts: [],
    labels: [],
    ignore: false,
    given: { contexts: options.contexts ?? [], labelFilter: options.labelFilter },
    earlier: [],
    including: [],
    warn: (place, message) => warnings.push({ place, message }),
  };
  const { changesets, preconditions } = readFile(root, context, { file: root, line: 1 });
  const own = withoutOtherEngines(changesets).map((changeset) => expandedAtLast(changeset, context.properties));
  refuseDuplicates(own);
  return { root, engine: context.engine, changesets: own, preconditions, warnings };
}

function readFile(file: string, context: ReadingContext, from: Place): FileContent {
  if (context.including.includes(file)) {
    throw new ChangelogProblem(from, `the file includes itself: ${[...context.including, file].join(' → ')}`);
  }
  const content = contentOf(context.files, file);
  if (content === undefined) throw new ChangelogProblem(from, `the file "${file}" is not part of this changelog`);
  const text = decodeText(content);
  if (text.trim() === '') throw new ChangelogProblem({ file, line: 1 }, 'the file is empty');
  const unreadable = text.indexOf('\uFFFD');
  if (unreadable >= 0) {
    const line = splitLines(text.slice(0, unreadable + 1)).length;
    context.warn({ file, line }, 'this is no UTF-8: the database will get "\uFFFD" for it, from Liquibase as well');
  }
  const within = { ...context, including: [...context.including, file] };
  if (/\.(ya?ml|json)$/i.test(file)) return readRootChangelog(file, text, within, readFile);
  if (!/\.sql$/i.test(file))
    throw new ChangelogProblem(from, `"${file}" is no changelog; known are .sql, .yaml, .yml, .json`);
  const changesets = isFormattedSql(text) ? readFormattedSql(file, text, within) : [rawChangeset(file, text, within)];
  return { changesets, preconditions: [] };
}

/** A `.sql` file without the header is one changeset that is sent as it is. */
function rawChangeset(file: string, content: string, context: ReadingContext): Changeset {
  if (/^\s*--\s*changeset\s/im.test(content)) {
    throw new ChangelogProblem(
      { file, line: 1 },
      'the file has changesets but does not begin with "--liquibase formatted sql"',
    );
  }
  const { text: sql, skipped } = trimCountingLines(content);
  const checksum = sqlChecksum(sql);
  const lines = splitLines(content)
    .map((_, index) => index + 1)
    .slice(skipped);
  return {
    engine: context.engine,
    id: 'raw',
    author: 'includeAll',
    path: file,
    place: { file, line: lines[0] ?? 1 },
    checksum: changesetChecksum([checksum]),
    description: 'sql',
    comment: '',
    contexts: context.contexts,
    labels: context.labels,
    dbms: [],
    runOnChange: false,
    runAlways: false,
    runInTransaction: true,
    failOnError: true,
    ignore: context.ignore,
    validCheckSums: [],
    changes: [{ type: 'sql', sql, file, lines, splitStatements: false, stripComments: false, checksum }],
    modifications: [],
    rollback: { type: 'none' },
    remarks: [],
  };
}

/** An identity may be written once for each engine: those for another one give way. */
function withoutOtherEngines(changesets: readonly Changeset[]): Changeset[] {
  const applying = new Set(changesets.filter(({ dbms, engine }) => dbmsMatches(dbms, engine)));
  const taken = new Set([...applying].map(identity));
  return changesets.filter((changeset) => {
    if (applying.has(changeset)) return true;
    if (taken.has(identity(changeset))) return false;
    taken.add(identity(changeset));
    return true;
  });
}

/** What no property had replaced when a changeset was read is looked up again in all that the changelog defines; checksums stay. */
function expandedAtLast(changeset: Changeset, properties: Properties): Changeset {
  const { place, changes, rollback } = changeset;
  const expanded = (change: Change): Change =>
    'sql' in change && change.sql.includes('${') ? { ...change, sql: properties.expand(change.sql, place) } : change;
  return {
    ...changeset,
    changes: changes.map(expanded),
    ...(rollback.type === 'changes' && { rollback: { ...rollback, changes: rollback.changes.map(expanded) } }),
  };
}

function refuseDuplicates(changesets: readonly Changeset[]): void {
  const seen = new Map<string, Changeset>();
  for (const changeset of changesets) {
    const first = seen.get(identity(changeset));
    if (first) {
      throw new ChangelogProblem(
        changeset.place,
        `${identity(changeset)} is already defined at ${placed(first.place)}`,
      );
    }
    seen.set(identity(changeset), changeset);
  }
}
