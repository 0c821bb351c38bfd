import { contextsColumn, labelsColumn } from '../../lambda/migrator/changelog';
import type { Changeset } from '../../lambda/migrator/changelog';
import { readChangelog } from '../../lambda/migrator/reader';
import { ChangelogProblem } from '../../lambda/migrator/problem';
import { splitSql } from '../../lambda/migrator/split';
import { statementsOf } from '../../lambda/migrator/statements';
import * as recorded from './vectors.json';

// What Liquibase 4.28.0 made of 23 changelogs. Where we differ on purpose is listed in docs/migrator.md.

interface Vector {
  readonly file: string;
  readonly content_base64: string;
  readonly changesets?: readonly Expected[];
  readonly error?: string;
}

interface Expected {
  readonly id: string;
  readonly changes: readonly { readonly statements?: readonly string[]; readonly changeChecksum: string }[];
}

/** Files that the YAML vectors include: not recorded, rebuilt from what was recorded of them. */
const INCLUDED: Record<string, string> = {
  'yaml/sql/plain.sql': '-- plain file, ${prop}\r\nselect 1;\r\nselect 2;\r\n',
  'yaml/sql/plain-lf.sql': '-- plain file, ${prop}\nselect 1;\nselect 2;\n',
  'yaml/sql/bom.sql': '\uFEFFselect 1;\n',
  'yaml/one/solo.sql': '--liquibase formatted sql\n--changeset a:solo context:own labels:lx\nselect 1;\n',
  'yaml/inc/raw.sql': "select 'raw, no header';\n",
  ...Object.fromEntries(
    ['10', '9', 'B2', 'a', 'b', 'sub/c'].map((path) => [
      `yaml/inc/${path}.sql`,
      `--liquibase formatted sql\n--changeset a:${path.split('/').at(-1)}\nselect 1;\n`,
    ]),
  ),
};

const vectors = recorded.vectors as unknown as readonly Vector[];
const [REFUSED_ON_PURPOSE] = ['cl/cs/17-empty-last.sql'];

function read(vector: Vector) {
  const file = vector.file.replace(/^cl\/(cs\/)?/, '');
  const content = Buffer.from(vector.content_base64, 'base64');
  return readChangelog({ ...INCLUDED, [file]: content }, file).changesets;
}

/** A changeset in the terms of the recording. */
function described(changeset: Changeset) {
  return {
    id: changeset.id,
    author: changeset.author,
    filePath: changeset.path,
    md5sum: changeset.checksum,
    description: changeset.description,
    comments: changeset.comment || null,
    contexts: contextsColumn(changeset),
    labels: labelsColumn(changeset),
    dbms: [...changeset.dbms].sort().join(',') || null,
    runOnChange: changeset.runOnChange,
    runAlways: changeset.runAlways,
    runInTransaction: changeset.runInTransaction,
    ignore: changeset.ignore,
    preconditions: changeset.preconditions && {
      onFail: changeset.preconditions.onFail,
      onError: changeset.preconditions.onError,
      count: changeset.preconditions.nested.length,
    },
    changes: changeset.changes.map((change) => change.checksum),
    statements: statementsOf(changeset).map((statement) => statement.sql),
  };
}

function recordedAs(expected: Expected, ours: Changeset) {
  const { changes, ...rest } = expected as Expected & Record<string, unknown>;
  // Recorded before dbms (y4) and modifySql (y8) were applied, as the program does when it runs them.
  const applying = changes.filter((_, index) => !(expected.id === 'y4' && index === 0));
  const suffix = ours.modifications.length > 0 ? ' /* x */' : '';
  const named = ['id', 'author', 'filePath', 'md5sum', 'description', 'comments', 'contexts', 'labels', 'dbms'];
  const flags = ['runOnChange', 'runAlways', 'runInTransaction', 'ignore', 'preconditions'];
  return {
    ...Object.fromEntries([...named, ...flags].map((name) => [name, rest[name]])),
    changes: changes.map((change) => change.changeChecksum),
    statements: applying.flatMap((change) => change.statements ?? []).map((sql) => sql + suffix),
  };
}

describe('changelogs read by Liquibase 4.28.0', () => {
  const readable = vectors.filter((vector) => vector.changesets && vector.file !== REFUSED_ON_PURPOSE);

  it.each(readable.map((vector) => [vector.file, vector] as const))('%s: the same changesets', (_, vector) => {
    const changesets = read(vector);
    expect(changesets.map(described)).toEqual(
      changesets.map((changeset, index) => recordedAs(vector.changesets![index]!, changeset)),
    );
    expect(changesets).toHaveLength(vector.changesets!.length);
  });

  it.each(vectors.filter((vector) => vector.error).map((vector) => [vector.file, vector] as const))(
    '%s: refused at the same line',
    (_, vector) => {
      const line = Number(/at line (\d+)/.exec(vector.error!)![1]);
      expect(() => read(vector)).toThrow(ChangelogProblem);
      expect(() => read(vector)).toThrow(new RegExp(`:${line}: `));
    },
  );

  it('refuses an empty last changeset, which Liquibase would run as the one before it', () => {
    const vector = vectors.find((candidate) => candidate.file === REFUSED_ON_PURPOSE)!;
    expect(() => read(vector)).toThrow('17-empty-last.sql:4: the changeset a:2 has no SQL');
  });
});

describe('splitting', () => {
  /** Where PostgreSQL's grammar says otherwise than Liquibase's splitter. */
  const OURS: Record<string, readonly string[]> = {
    'dollar-begin-end': ['CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql', 'select 1'],
    'sql-function-dollar': ['CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; SELECT 2; $$ LANGUAGE sql', 'select 1'],
    slash: ['select 1\n/\nselect 4/2\n/'],
    'standard-backslash': ["select 'C:\\'", "select 'next;'"],
    'comments-kept': ['-- lead\nselect 1 /* x;y */ + 1', '-- tail; here\nselect 2'],
    'trailing-comment-after-delim': ['select 1'],
    'mysql-delimiter-cmd': ['DELIMITER //\ncreate procedure p() begin select 1', 'end //\nDELIMITER'],
  };

  it.each(recorded.split.map((vector) => [vector.name, vector] as const))('%s', (name, vector) => {
    const { sql, splitStatements, stripComments, endDelimiter } = vector;
    const text = {
      sql,
      splitStatements,
      stripComments,
      file: 'x.sql',
      lines: [1],
      endDelimiter: endDelimiter ?? undefined,
    };
    expect(splitSql(text).map((statement) => statement.sql)).toEqual(OURS[name] ?? vector.statements);
  });
});
