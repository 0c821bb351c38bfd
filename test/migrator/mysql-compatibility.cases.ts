import { judgeChangesets } from '../../lambda/migrator/compatibility/judge';
import { readChangelog } from '../../lambda/migrator/reader';

const judge = async (...changesets: string[]) => {
  const text = changesets.map((sql, index) => `--changeset a:${index}\n${sql}`).join('\n');
  return judgeChangesets(
    readChangelog({ 'x.sql': `--liquibase formatted sql\n${text}` }, 'x.sql', { engine: 'mysql' }).changesets,
  );
};

describe('a changeset of MySQL or MariaDB', () => {
  it.each([
    'CREATE TABLE n (id int PRIMARY KEY, a int UNIQUE)',
    'CREATE OR REPLACE VIEW v AS SELECT 1',
    'ALTER TABLE t ADD COLUMN a int',
    'ALTER TABLE t ADD a varchar(20) NOT NULL DEFAULT "x; y", ADD b int NULL AFTER a, ALGORITHM=INSTANT',
    'ALTER TABLE t ADD COLUMN (a int, b int NOT NULL DEFAULT 0)',
    'ALTER TABLE t ADD COLUMN a int AS (b * 2) VIRTUAL',
    'ALTER TABLE t ADD INDEX i (a), ADD KEY (b)',
    'ALTER TABLE t ALTER COLUMN a SET DEFAULT 1',
    'ALTER TABLE t AUTO_INCREMENT = 100, COMMENT = "x"',
    'ALTER TABLE t ENGINE = InnoDB, LOCK=NONE',
    'CREATE INDEX i ON t (a)',
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1 WHERE b = 2',
    'SET SESSION foreign_key_checks = 0',
    '/*!40101 SET NAMES utf8mb4 */',
    'CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END',
    'ANALYZE TABLE t',
  ])('expand: %s', async (sql) => {
    expect((await judge(`${sql};`)).map(({ findings }) => findings)).toEqual([[]]);
  });

  it.each([
    ['contract', 'drop-table', 'DROP TABLE t'],
    ['contract', 'drop-view', 'DROP VIEW v'],
    ['contract', 'drop-procedure', 'DROP PROCEDURE IF EXISTS p'],
    ['contract', 'drop-column', 'ALTER TABLE t DROP COLUMN a'],
    ['contract', 'drop-column', 'ALTER TABLE t DROP `index`'],
    ['contract', 'drop-index', 'ALTER TABLE t DROP INDEX i'],
    ['contract', 'drop-index', 'DROP INDEX i ON t'],
    ['contract', 'drop-constraint', 'ALTER TABLE t DROP FOREIGN KEY f'],
    ['contract', 'drop-default', 'ALTER TABLE t ALTER a DROP DEFAULT'],
    ['contract', 'drop-partition', 'ALTER TABLE t DROP PARTITION p1'],
    ['contract', 'new-constraint', 'ALTER TABLE t ADD UNIQUE KEY u (a)'],
    ['contract', 'new-constraint', 'CREATE UNIQUE INDEX u ON t (a)'],
    ['contract', 'new-constraint', 'ALTER TABLE t ADD PRIMARY KEY (a)'],
    [
      'contract',
      'new-constraint',
      'SET foreign_key_checks = 0; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a)',
    ],
    ['contract', 'modify-column', 'ALTER TABLE t MODIFY a varchar(40), LOCK=NONE'],
    ['contract', 'rename-index', 'ALTER TABLE t RENAME INDEX i TO j'],
    ['contract', 'revoke', 'REVOKE SELECT ON t FROM u'],
    ['unsafe', 'rename', 'RENAME TABLE t TO u'],
    ['unsafe', 'rename', 'ALTER TABLE t RENAME TO u'],
    ['unsafe', 'rename', 'ALTER TABLE t RENAME COLUMN a TO b'],
    ['unsafe', 'rename', 'ALTER TABLE t CHANGE COLUMN a b int'],
    ['unsafe', 'change-column-type', 'ALTER TABLE t CHANGE a a bigint'],
    ['unsafe', 'change-column-type', 'ALTER TABLE t MODIFY a bigint NOT NULL'],
    ['unsafe', 'required-column', 'ALTER TABLE t ADD COLUMN a int NOT NULL'],
    ['unsafe', 'required-column', 'ALTER TABLE t ADD COLUMN (a int DEFAULT 1, b int NOT NULL)'],
    ['unsafe', 'table-copy', 'ALTER TABLE t ADD COLUMN a int AS (b) STORED'],
    ['unsafe', 'table-copy', 'ALTER TABLE t ADD COLUMN a char(36) DEFAULT (UUID())'],
    ['unsafe', 'table-copy', 'ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4'],
    ['unsafe', 'table-copy', 'ALTER TABLE t DROP PRIMARY KEY'],
    ['unsafe', 'table-copy', 'ALTER TABLE t ADD INDEX (a), ALGORITHM=COPY'],
    ['unsafe', 'table-copy', 'OPTIMIZE TABLE t'],
    ['unsafe', 'validated-constraint', 'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)'],
    ['unsafe', 'validated-constraint', 'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)'],
    ['unsafe', 'blocking-index', 'CREATE FULLTEXT INDEX i ON t (a)'],
    ['unsafe', 'truncate', 'TRUNCATE TABLE t'],
    ['unsafe', 'truncate', 'ALTER TABLE t TRUNCATE PARTITION p1'],
    ['unsafe', 'unbounded-write', 'DELETE FROM t'],
    ['unsafe', 'opaque-code', 'CALL p()'],
    ['unsafe', 'set-global', 'SET GLOBAL max_connections = 1'],
    ['unsafe', 'unknown-alteration', 'ALTER TABLE t FROBNICATE'],
    ['contract', 'drop-table', '/*!40000 DROP TABLE t */'],
  ])('%s (%s): %s', async (verdict, rule, sql) => {
    const [judged] = await judge(`${sql};`);
    expect(judged?.findings.map((finding) => [finding.verdict, finding.rule])).toEqual([[verdict, rule]]);
  });

  it('may change freely what an earlier pending one made', async () => {
    const verdicts = await judge(
      'CREATE TABLE T1 (a int);',
      'ALTER TABLE t1 DROP COLUMN a; TRUNCATE t1; DROP TABLE `t1`;',
    );
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['expand', 'expand']);
  });
});
