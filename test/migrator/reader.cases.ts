import type { Changeset } from '../../lambda/migrator/changelog';
import { Properties } from '../../lambda/migrator/properties';
import { readChangelog } from '../../lambda/migrator/reader';
import type { ReadingContext } from '../../lambda/migrator/reading';
import { readRootChangelog } from '../../lambda/migrator/root-changelog';
import { rollbackStatementsOf, statementsOf } from '../../lambda/migrator/statements';

/** Reads a formatted SQL file; line 1 is its header. */
const sql = (text: string) => readChangelog({ 'x.sql': `--liquibase formatted sql\n${text}` }, 'x.sql');
/** Reads a YAML changelog with files beside it; line 1 is `databaseChangeLog:`. */
const yaml = (text: string, files: Record<string, string> = {}) =>
  readChangelog({ 'r.yaml': `databaseChangeLog:\n${text}`, ...files }, 'r.yaml');
const changeset = (members: string) => `- changeSet:\n    id: 1\n    author: a\n${members}`;
const ONE = '--changeset a:1\nSELECT 1;';

describe('formatted SQL is refused with the line and what to write', () => {
  it.each([
    ['-changeset a:1', 2, '--changeset <author>:<id>'],
    ['--changeset a1', 2, '--changeset <author>:<id>'],
    ['--changeset a: 1', 2, '--changeset <author>:<id>'],
    ['--changesets', 2, '--changeset <author>:<id>'],
    [`${ONE}\n-rollback x`, 4, '--rollback <SQL>'],
    [`${ONE}\n-- comments x`, 4, '--comment <text>'],
    [`${ONE}\n--ignore:1`, 4, '--ignoreLines'],
    [`${ONE}\n--ignoreLines:some`, 4, '--ignoreLines:<count>'],
    [`${ONE}\n--ignoreLines:start\nx`, 4, 'has no --ignoreLines:end'],
    ['--comment x', 2, 'before the first changeset'],
    ['SELECT 0;', 2, 'SQL before the first changeset would never run'],
    ['--changeset a:1', 2, 'has no SQL'],
    ['--changeset a:1\n--changeset a:2\nSELECT 1;', 2, 'the changeset a:1 has no SQL'],
    [`${ONE}\n--changeset a:1\nSELECT 2;`, 4, 'already defined at x.sql:2'],
    ['--changeset a:1 contexts:x\nSELECT 1;', 2, '"contexts" is not supported'],
    ['--changeset a:1 runWith:psql\nSELECT 1;', 2, '"runWith" is not supported'],
    ['--changeset a:1 context:a or b\nSELECT 1;', 2, 'needs "double quotes"'],
    ['--changeset a:1 context:"a and ("\nSELECT 1;', 2, 'cannot be read'],
    ['--changeset a:1 splitStatements:"false"\nSELECT 1;', 2, 'splitStatements:true or splitStatements:false'],
    ['--changeset a:1 runAlways:true runAlways:false\nSELECT 1;', 2, 'given twice'],
    ['--changeset a:1 dbms:${x}\nSELECT 1;', 2, 'does not expand properties in dbms'],
    ['--property name:a value:"x y"', 2, 'without quotes'],
    ['--property name:a', 2, 'both name:<name> and value:<value>'],
    [`${ONE}\n/* liquibase rollback\nSELECT 2;`, 4, 'never closed'],
    [`${ONE}\n--rollback emptytable x;`, 4, 'must stand alone'],
    [`${ONE}\n--rollback changesetId:9 changesetAuthor:a`, 2, 'x.sql::9::a, which no changeset above has'],
    ['--changeset a:1\n--preconditions onFail:STOP\nSELECT 1;', 3, 'none of HALT, CONTINUE, MARK_RAN, WARN'],
    ['--changeset a:1\n--precondition-column-exists table:t\nSELECT 1;', 3, '"column-exists" is not supported'],
    ['--changeset a:1\n--precondition-sql-check SELECT 1\nSELECT 1;', 3, 'expectedResult:<value>'],
    ['--changeset a:1\n--precondition-table-exists table:"t"\nSELECT 1;', 3, 'without quotes'],
  ])('%j', (text, line, message) => {
    expect(() => sql(text)).toThrow(expect.objectContaining({ name: 'ChangelogInvalid' }));
    expect(() => sql(text)).toThrow(`x.sql:${line}: `);
    expect(() => sql(text)).toThrow(message);
  });

  it('is not refused for properties that refer to each other until they are used', () => {
    const circle = '--property name:a value:${b}\n--property name:b value:${a}\n';
    expect(() => sql(`${circle}${ONE}`)).not.toThrow();
    expect(() => sql(`${circle}--changeset a:1\nSELECT \${a};`)).toThrow(
      'x.sql:5: the properties a → b → a refer to each other',
    );
  });

  it('warns of what Liquibase skips in silence', () => {
    const { warnings } = sql(`--include file:a.sql\n--preconditions onFail:WARN\n--changeset a:1 and more\nSELECT 1;`);
    expect(warnings.map(({ place, message }) => [place.line, message.split('"')[1]])).toEqual([
      [2, '--include file:a.sql'],
      [3, '--preconditions onFail:WARN'],
      [4, 'and more'],
    ]);
  });
});

describe('a file that is no UTF-8', () => {
  it('is read as Liquibase reads it, with a warning at the line', () => {
    const latin = Buffer.from("--liquibase formatted sql\n--changeset a:1\nSELECT 'J\u00fcrgen';", 'latin1');
    const { changesets, warnings } = readChangelog({ 'x.sql': latin }, 'x.sql');
    expect(statementsOf(changesets[0]!)[0]!.sql).toBe("SELECT 'J\uFFFDrgen'");
    expect(warnings).toEqual([{ place: { file: 'x.sql', line: 3 }, message: expect.stringContaining('no UTF-8') }]);
  });
});

describe('rollbacks of formatted SQL', () => {
  it.each([
    ['--rollback DROP TABLE t;\n--rollback DROP TABLE u;', ['DROP TABLE t', 'DROP TABLE u']],
    ['/* liquibase rollback\nDROP TABLE t -- the first\n;\n*/', ['DROP TABLE t -- the first']],
    ['--rollback not required', []],
    ['--rollback empty because', []],
    ['--rollback', undefined],
    ['--rollback SELECT 1//SELECT 2//', ['SELECT 1//SELECT 2//']],
  ])('%j', (text, expected) => {
    const [first] = sql(`${ONE}\n${text}`).changesets;
    expect(rollbackStatementsOf(first!)?.map((statement) => statement.sql)).toEqual(expected);
  });

  it('may name an earlier changeset', () => {
    const [, second] = sql(`${ONE}\n--changeset a:2\nSELECT 2;\n--rollback changesetId:1 changesetAuthor:a`).changesets;
    expect(rollbackStatementsOf(second!)).toEqual([{ sql: 'SELECT 1', file: 'x.sql', line: 3 }]);
  });
});

describe('YAML changelogs are refused with the line and the name of the construct', () => {
  it.each([
    ['- changeSets: {}', 2, '"changeSets" is not supported in databaseChangeLog'],
    [changeset('    preconditions: []'), 5, '"preconditions" is not supported in changeSet'],
    [
      changeset('    changes:\n    - createTable: {tableName: t}'),
      6,
      'the change "createTable" is not supported; write it as sql',
    ],
    [changeset('    changes:\n    - sql: {sqll: x}'), 6, '"sqll" is not supported in sql'],
    [changeset('    runAlways: 1'), 5, '"runAlways" is true or false'],
    [changeset('    runOrder: soon'), 5, 'runOrder is first or last'],
    [changeset('    rollback: not required'), 5, 'would run "not required" as SQL'],
    [
      changeset('    preConditions:\n    - runningAs: {username: x}'),
      6,
      'the precondition "runningAs" is not supported',
    ],
    [changeset('    changes:\n    - sqlFile: {path: none.sql}'), 6, '"none.sql" is not part of this changelog'],
    [changeset('    modifySql:\n    - regExpReplace: {replace: "(", with: x}'), 6, 'Invalid regular expression'],
    ['- changeSet: {id: 007, author: a}', 2, '"007" is not read as it is written; put it in quotes'],
    ['- changeSet: {id: 2024-01-01, author: a}', 2, 'put it in quotes'],
    ['- changeSet: {id: 1}', 2, '"author" is missing'],
    ['- include: a.sql', 2, 'write include: {file: <path>}'],
    ['- include: {file: none.sql}', 2, '"none.sql" is not part of this changelog'],
    ['- include: {file: ../a.sql}', 2, 'leads out of the changelog'],
    ['- include: {file: "classpath:a.sql"}', 2, '"classpath:" are not supported'],
    ['- include: {file: r.yaml}', 2, 'the file includes itself: r.yaml → r.yaml'],
    ['- include: {file: constructor}', 2, '"constructor" is not part of this changelog'],
    ['- includeAll: {path: xml}', 2, '"xml/1.xml" is no changelog'],
    ['- includeAll: {path: empty/}', 2, 'no changelog file lies in "empty"'],
    ['- property: {name: x}', 2, '"value" is missing'],
    [`${changeset('    changes: []')}\n- logicalFilePath: x`, 6, 'logicalFilePath must be the first entry'],
    ['- {a: 1, b: 2}', 2, 'each entry has one name'],
    ['- a: [', 2, 'Flow sequence'],
  ])('%j', (text, line, message) => {
    const files = { 'xml/1.xml': '<databaseChangeLog/>', 'xml/2.txt': 'left out' };
    expect(() => yaml(text, files)).toThrow(`r.yaml:${line}: `);
    expect(() => yaml(text, files)).toThrow(message);
  });

  it('names the included file', () => {
    expect(() => yaml('- include: {file: a.sql}', { 'a.sql': '--liquibase formatted sql\n-changeset x' })).toThrow(
      'a.sql:2: ',
    );
    expect(() => yaml('- include: {file: a.sql}', { 'a.sql': ' ' })).toThrow('a.sql:1: the file is empty');
  });
});

describe('YAML changelogs', () => {
  it('include folders in the order of their paths, with contexts and labels handed down', () => {
    const file = (id: string) => `--liquibase formatted sql\n--changeset a:${id} context:own\nSELECT 1;`;
    const { changesets } = yaml('- includeAll: {path: sql, context: "x or y", labels: "L, m"}', {
      'sql/b.sql': file('b'),
      'sql/B.sql': file('B'),
      'sql/a/c.sql': file('c'),
      'sql/notes.txt': 'not a changelog',
      'sqlx/d.sql': file('d'),
    });
    expect(changesets.map(({ id, contexts, labels }) => [id, contexts, labels])).toEqual([
      ['B', ['x or y', 'own'], [['l', 'm']]],
      ['c', ['x or y', 'own'], [['l', 'm']]],
      ['b', ['x or y', 'own'], [['l', 'm']]],
    ]);
  });

  it('include files of any length', () => {
    const changesets = new Array(200_000).fill({}) as Changeset[]; // more than a call takes as arguments
    const context = { files: { 'a.sql': '' }, properties: new Properties(), contexts: [], labels: [] };
    const text = 'databaseChangeLog:\n- include: {file: a.sql}';
    const read = readRootChangelog('r.yaml', text, context as unknown as ReadingContext, () => ({
      changesets,
      preconditions: [],
    }));
    expect(read.changesets).toHaveLength(200_000);
  });

  it('name file and line of each statement', () => {
    const text = changeset(
      '    changes:\n    - sql:\n        sql: |\n          SELECT 1;\n\n          SELECT 2;\n    - sqlFile: {path: f.txt}',
    );
    const statements = statementsOf(yaml(text, { 'f.txt': '\n\nSELECT 3;\n' }).changesets[0]!);
    expect(statements.map(({ file, line }) => `${file}:${line}`)).toEqual(['r.yaml:8', 'r.yaml:10', 'f.txt:3']);
  });

  it('read properties from files, and limit them to their own', () => {
    const files = {
      'p.properties': '# sizes\nsize = 20\nname: x\n',
      'a.sql':
        '--liquibase formatted sql\n--property name:only value:here global:false\n--changeset a:1\nSELECT ${size} ${only};',
      'b.sql': '--liquibase formatted sql\n--changeset a:2\nSELECT ${name} ${only};',
    };
    const { changesets } = yaml(
      '- property: {file: p.properties}\n- include: {file: a.sql}\n- include: {file: b.sql}',
      files,
    );
    expect(changesets.flatMap(statementsOf).map((statement) => statement.sql)).toEqual([
      'SELECT 20 here',
      'SELECT x ${only}',
    ]);
  });

  it('apply modifySql, to rollbacks only when asked', () => {
    const [first] = yaml(
      changeset(
        "    changes: [{sql: SELECT 1}]\n    rollback: SELECT 2\n    modifySql: [{append: {value: ' -- x'}}, {replace: {replace: SELECT, with: VALUES, applyToRollback: true}}]",
      ),
    ).changesets;
    expect(statementsOf(first!)[0]!.sql).toBe('VALUES 1 -- x');
    expect(rollbackStatementsOf(first!)![0]!.sql).toBe('VALUES 2');
  });

  it('have an identity once for each engine, and for one engine once', () => {
    const one = (dbms: string) =>
      `- changeSet: {id: 1, author: a, dbms: '${dbms}', changes: [{sql: 'SELECT ${dbms.length}'}]}`;
    const sqlOf = (...engines: string[]) =>
      yaml(engines.map(one).join('\n'))
        .changesets.flatMap(statementsOf)
        .map((statement) => statement.sql);

    expect(sqlOf('postgresql', 'mysql,h2', 'mariadb')).toEqual(['SELECT 10']);
    expect(sqlOf('mariadb', '!mysql')).toEqual(['SELECT 6']);
    expect(() => sqlOf('postgresql', '!mysql')).toThrow('r.yaml:3: r.yaml::1::a is already defined at r.yaml:2');
  });

  it('look properties up at first, and what is left once more when all is read', () => {
    const files = {
      'a.sql':
        '--liquibase formatted sql\n--changeset a:a\nSELECT ${own} ${late};\n--property name:shared value:theirs',
      'f.txt': 'SELECT ${shared} ${late}',
    };
    const { changesets } = yaml(
      `- property: {name: shared, value: mine, global: false}
- include: {file: a.sql}
- changeSet: {id: b, author: a, changes: [{sql: "SELECT \${shared} \${late}"}, {sqlFile: {path: f.txt}}]}
- property: {name: late, value: known}`,
      files,
    );
    expect(changesets.flatMap(statementsOf).map((statement) => statement.sql)).toEqual([
      'SELECT ${own} known',
      'SELECT mine known',
      'SELECT theirs known',
    ]);
  });
});
