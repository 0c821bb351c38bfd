import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextsColumn, labelsColumn, type Changeset } from '../../lambda/migrator/changelog';
import { readChangelog } from '../../lambda/migrator/reader';
import type { Statement } from '../../lambda/migrator/split';
import { rollbackStatementsOf, statementsOf } from '../../lambda/migrator/statements';

/** Changelogs at the edges of the grammar, and what Liquibase 4.28.0 made of each (`bench/migrator/record.ts`). */
export interface OddChangelog {
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
  readonly contexts?: string;
  readonly labels?: string;
  /** It is refused here although Liquibase reads it: docs/migrator.md says why. */
  readonly refused?: true;
  /** It is split into other statements here than by Liquibase, on purpose: docs/migrator.md says why. */
  readonly split?: true;
  /** A changeset in a row, as {@link described}; or the line of its error, 0 when it names none. */
  readonly recorded: readonly (readonly string[])[] | number;
}

export const ODD_CHANGELOGS = join(__dirname, 'odd-changelogs.json');

export function oddChangelogs(): readonly OddChangelog[] {
  return JSON.parse(readFileSync(ODD_CHANGELOGS, 'utf8')) as OddChangelog[];
}

/** Our reading in the terms of the recording. @throws ChangelogProblem */
export function readOdd({ root, files, contexts = '', labels }: OddChangelog): string[][] {
  const given = contexts.split(',').filter((each) => each !== '');
  return readChangelog(files, root, { contexts: given, labelFilter: labels }).changesets.map(described);
}

function described(changeset: Changeset): string[] {
  const { preconditions } = changeset;
  const flags = [
    changeset.runOnChange && 'runOnChange ',
    changeset.runAlways && 'runAlways ',
    !changeset.runInTransaction && 'runInTransaction:false ',
    !changeset.failOnError && 'failOnError:false ',
    changeset.ignore && 'ignore ',
  ];
  return [
    changeset.id,
    changeset.author,
    changeset.path,
    changeset.checksum,
    changeset.description,
    changeset.comment,
    contextsColumn(changeset) ?? '',
    labelsColumn(changeset) ?? '',
    [...changeset.dbms].sort().join(','),
    flags.filter((flag) => flag !== false).join(''),
    preconditions === undefined
      ? ''
      : `${preconditions.onFail} ${preconditions.onError} ${preconditions.nested.length}`,
    joined(statementsOf({ ...changeset, modifications: [] })),
    joined(rollbackStatementsOf({ ...changeset, modifications: [] }) ?? []),
  ];
}

/** A row without what is sent to the database. */
export function withoutStatements(row: readonly string[]): readonly string[] {
  return row.slice(0, -2);
}

/** As the recorder writes them. */
function joined(statements: readonly Statement[]): string {
  return statements.map(({ sql }) => sql).join('\n\u0001\n');
}
