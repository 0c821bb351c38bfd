import { schemaStatement } from '../../lambda/migrator/mysql/objects';
import { refusedWord, statementKind } from '../../lambda/migrator/mysql/statement-kind';
import { splitSql } from '../../lambda/migrator/split';

const split = (sql: string, more: { stripComments?: boolean; endDelimiter?: string } = {}) =>
  splitSql(
    {
      sql,
      file: 'x.sql',
      lines: sql.split('\n').map((_, index) => index + 1),
      splitStatements: true,
      stripComments: false,
      ...more,
    },
    'mysql',
  ).map((statement) => statement.sql);

describe('splitting for MySQL and MariaDB', () => {
  it.each([
    [
      'quotes with backslashes',
      String.raw`SELECT 'a\';b'; SELECT "c\";d", 'e'';f'`,
      [String.raw`SELECT 'a\';b'`, String.raw`SELECT "c\";d", 'e'';f'`],
    ],
    ['a backslash before the end', String.raw`SELECT 'C:\\'; SELECT 2`, [String.raw`SELECT 'C:\\'`, 'SELECT 2']],
    ['names in backquotes', 'SELECT `a;``b`; SELECT 2', ['SELECT `a;``b`', 'SELECT 2']],
    ['a dash comment', 'SELECT 1 -- ; no\n+ 1; SELECT 2', ['SELECT 1 -- ; no\n+ 1', 'SELECT 2']],
    ['two dashes that are a sum', 'SELECT 5--3; SELECT 2', ['SELECT 5--3', 'SELECT 2']],
    ['a hash comment', "SELECT 1 # it's; no\n; SELECT 2", ["SELECT 1 # it's; no", 'SELECT 2']],
    ['comments that do not nest', 'SELECT 1 /* /* ; */; SELECT 2', ['SELECT 1 /* /* ; */', 'SELECT 2']],
    [
      'code in comments',
      '/*!40101 SET NAMES utf8; */; /*M! SELECT 1 */',
      ['/*!40101 SET NAMES utf8; */', '/*M! SELECT 1 */'],
    ],
    ['only comments', '-- a;\n# b;\n/* c; */', []],
    [
      'a procedure without a delimiter',
      'CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE 1 WHEN 1 THEN 2 END; END IF; CASE 1 WHEN 1 THEN SELECT 1; END CASE; END; SELECT 2',
      [
        'CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE 1 WHEN 1 THEN 2 END; END IF; CASE 1 WHEN 1 THEN SELECT 1; END CASE; END',
        'SELECT 2',
      ],
    ],
    [
      'a trigger',
      'CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 1; END; SELECT 2',
      ['CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 1; END', 'SELECT 2'],
    ],
    [
      'an anonymous block',
      'BEGIN NOT ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
      ['BEGIN NOT ATOMIC SELECT 1; SELECT 2; END', 'SELECT 3'],
    ],
  ])('%s', (_, sql, expected) => {
    expect(split(sql)).toEqual(expected);
  });

  it("strips comments, but neither code nor the optimizer's hints", () => {
    expect(split('SELECT /*+ NO_ICP(t) */ 1 # a\n/*! STRAIGHT_JOIN */ -- b\n;', { stripComments: true })).toEqual([
      'SELECT /*+ NO_ICP(t) */ 1 \n/*! STRAIGHT_JOIN */',
    ]);
  });

  it('ends statements at the delimiter of the changeset only', () => {
    expect(split("CREATE PROCEDURE p() SELECT '//'; //\nCALL p() //", { endDelimiter: '//' })).toEqual([
      "CREATE PROCEDURE p() SELECT '//';",
      'CALL p()',
    ]);
  });
});

it.each([
  ['INSERT INTO t VALUES (1)', 'data'],
  ['-- a comment\n(SELECT 1)', 'data'],
  ['create or replace view v as select 1', 'schema'],
  ['/*!40000 ALTER TABLE t DISABLE KEYS */', 'schema'],
  ['CREATE TEMPORARY TABLE t (a int)', 'data'],
  ['SET @a = 1', 'session'],
  ['ANALYZE TABLE t', 'repeatable'],
  ['CALL p()', 'opaque'],
  ['SET STATEMENT max_statement_time = 1 FOR INSERT INTO t VALUES (1)', 'opaque'],
  ['BEGIN NOT ATOMIC SELECT 1; END', 'opaque'],
])('%s is of the kind %s', (sql, kind) => {
  expect(statementKind(sql)).toBe(kind);
});

it.each([
  ['COMMIT', 'COMMIT'],
  ['/* x */ start transaction', 'START'],
  ['SET @@session.autocommit = 0', 'SET AUTOCOMMIT'],
  ['USE other', 'USE (write schema.table)'],
  ['LOCK TABLES t WRITE', 'LOCK'],
  ['delimiter //', 'DELIMITER (write endDelimiter)'],
  ['BEGIN NOT ATOMIC SELECT 1; END', undefined],
  ['SELECT 1', undefined],
])('%s is refused by the word %s', (sql, word) => {
  expect(refusedWord(sql)).toBe(word);
});

it.each([
  ['CREATE TABLE IF NOT EXISTS `a b`.t (x int)', ['table a b.t']],
  ['ALTER TABLE t ADD INDEX (a)', ['table t']],
  ['CREATE UNIQUE INDEX i USING BTREE ON t (a)', ['table t']],
  ['DROP INDEX i ON s.t', ['table s.t']],
  ['DROP TABLE IF EXISTS a, b.c', ['table a', 'table b.c']],
  ['RENAME TABLE a TO b, c TO d', ['table a', 'table b', 'table c', 'table d']],
  ["CREATE DEFINER = 'me'@'%' SQL SECURITY INVOKER VIEW v AS SELECT * FROM table1", ['table v']],
  ['CREATE DEFINER=`me`@`%` PROCEDURE p() SELECT 1', ['procedure p']],
  ['TRUNCATE t', ['table t']],
  ['DROP DATABASE d', ['database d']],
  ['CREATE USER u', undefined],
  ['RENAME USER u TO v', undefined],
])('%s changes %j', (sql, objects) => {
  const read = schemaStatement(sql)?.objects.map(
    ({ type, schema, name }) => `${type} ${schema ? `${schema}.` : ''}${name}`,
  );
  expect(read).toEqual(objects);
});
