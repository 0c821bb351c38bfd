import { refuseIncompatible } from '../../lambda/migrator/compatibility/gate';
import { judgeChangesets } from '../../lambda/migrator/compatibility/judge';
import { readChangelog } from '../../lambda/migrator/reader';

const read = (...changesets: string[]) =>
  readChangelog({ 'x.sql': ['--liquibase formatted sql', ...changesets].join('\n') }, 'x.sql').changesets;
const judge = async (...changesets: string[]) => judgeChangesets(read(...changesets));
/** Verdict and rules of one changeset around the statements; `outside` is one without a transaction. */
const rulesOf = async (sql: string, outside = false) => {
  const [verdict] = await judge(`--changeset a:1${outside ? ' runInTransaction:false' : ''}\n${sql}`);
  return [verdict!.verdict, ...verdict!.findings.map((finding) => finding.rule)];
};

describe('the compatibility verdict of a statement', () => {
  it.each([
    'CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, r int NOT NULL REFERENCES q(id), UNIQUE (r))',
    'CREATE TABLE t (id int); CREATE INDEX i ON t (id); ALTER TABLE t DROP COLUMN id; DROP TABLE t',
    'ALTER TABLE t ADD COLUMN a int',
    'ALTER TABLE t ADD COLUMN a boolean NOT NULL DEFAULT false',
    'ALTER TABLE t ADD COLUMN a timestamptz NOT NULL DEFAULT now()',
    "ALTER TABLE t ADD COLUMN a text DEFAULT 'x'::text, ADD COLUMN b date DEFAULT CURRENT_DATE",
    'ALTER TABLE t ALTER COLUMN a DROP NOT NULL',
    'ALTER TABLE t ALTER COLUMN a SET DEFAULT 1',
    'ALTER TABLE t VALIDATE CONSTRAINT c',
    'ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i',
    'ALTER TABLE t ADD COLUMN g int GENERATED ALWAYS AS (a * 2) VIRTUAL',
    "ALTER TYPE e ADD VALUE 'x'",
    'CREATE VIEW v AS SELECT 1',
    'CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END',
    'GRANT SELECT ON t TO r',
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1 WHERE id < 100',
    'ALTER INDEX i RENAME TO j',
    'DO $$ BEGIN INSERT INTO t VALUES (1); END $$',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY m',
    "COMMENT ON TABLE t IS 'x'",
  ])('expand: %s', async (sql) => {
    expect(await rulesOf(`${sql};`)).toEqual(['expand']);
  });

  it.each([
    ['DROP TABLE a, b', 'drop-table'],
    ['DROP VIEW v', 'drop-view'],
    ['DROP MATERIALIZED VIEW v', 'drop-matview'],
    ['DROP FUNCTION f(int)', 'drop-function'],
    ['DROP TYPE e', 'drop-type'],
    ['DROP SCHEMA s', 'drop-schema'],
    ['DROP SEQUENCE s', 'drop-sequence'],
    ['DROP TRIGGER g ON t', 'drop-trigger'],
    ['ALTER TABLE t DROP COLUMN a', 'drop-column'],
    ['ALTER TABLE t ALTER a DROP DEFAULT', 'drop-default'],
    ['ALTER TABLE t DROP CONSTRAINT c', 'drop-constraint'],
    ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID', 'new-constraint'],
    ['ALTER TABLE t DISABLE TRIGGER ALL', 'disable-trigger'],
    ['ALTER TABLE t ENABLE ROW LEVEL SECURITY', 'row-security'],
    ['REVOKE SELECT ON t FROM r', 'revoke'],
    ['REVOKE r FROM s', 'revoke'],
    ['ALTER TABLE t OWNER TO r', 'change-owner'],
  ])('contract: %s (%s)', async (sql, rule) => {
    expect(await rulesOf(`${sql};`)).toEqual(['contract', rule]);
  });

  it.each([
    ['CREATE INDEX i ON t (a)', 'index-without-concurrently'],
    ['CREATE INDEX CONCURRENTLY i ON t (a)', 'needs-no-transaction'],
    ['ALTER TABLE t ADD COLUMN a int NOT NULL', 'required-column'],
    ['ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()', 'volatile-default'],
    ['ALTER TABLE t ADD COLUMN a bigserial', 'table-rewrite'],
    ['ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b * 2) STORED', 'table-rewrite'],
    ['ALTER TABLE t ADD COLUMN a int UNIQUE', 'unique-without-index'],
    ['ALTER TABLE t ADD COLUMN a int REFERENCES q(id)', 'validated-constraint'],
    ['ALTER TABLE t ALTER a TYPE bigint', 'change-column-type'],
    ['ALTER TABLE t ALTER a SET NOT NULL', 'set-not-null'],
    ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)', 'validated-constraint'],
    ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES q(id)', 'validated-constraint'],
    ['ALTER TABLE t ADD PRIMARY KEY (id)', 'unique-without-index'],
    ['ALTER TABLE t ADD EXCLUDE USING gist (r WITH &&)', 'exclusion-constraint'],
    ['ALTER TABLE t RENAME a TO b', 'rename'],
    ['ALTER TABLE t RENAME TO u', 'rename'],
    ['ALTER SCHEMA s RENAME TO u', 'rename'],
    ['ALTER TYPE e RENAME TO f', 'rename'],
    ["ALTER TYPE e RENAME VALUE 'a' TO 'b'", 'rename-enum-value'],
    ['ALTER TABLE t SET SCHEMA s', 'set-schema'],
    ['ALTER TABLE t SET TABLESPACE s', 'table-rewrite'],
    ['DROP TABLE a CASCADE', 'drop-cascade'],
    ['ALTER TABLE t DROP COLUMN a CASCADE', 'drop-cascade'],
    ['LOCK TABLE t', 'lock-table'],
    ['VACUUM FULL t', 'table-rewrite'],
    ['CLUSTER t USING i', 'table-rewrite'],
    ['TRUNCATE t', 'truncate'],
    ['DELETE FROM t', 'unbounded-write'],
    ['REINDEX TABLE t', 'reindex-without-concurrently'],
    ['REFRESH MATERIALIZED VIEW m', 'refresh-without-concurrently'],
    ['CALL p()', 'opaque-code'],
    ["DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$", 'opaque-code'],
    ['DROP DATABASE d', 'unknown-statement'],
    ['COMMIT', 'transaction'],
  ])('unsafe: %s (%s)', async (sql, rule) => {
    expect(await rulesOf(`${sql};`)).toEqual(['unsafe', rule]);
  });

  it('looks into DO blocks', async () => {
    expect(await rulesOf('DO $$ BEGIN IF true THEN DROP TABLE t; END IF; END $$;')).toEqual(['contract', 'drop-table']);
  });

  it.each([
    ['CREATE INDEX CONCURRENTLY i ON t (a)', ['expand']],
    ['CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)', ['contract', 'new-constraint']],
    ['CREATE INDEX CONCURRENTLY ON t (a)', ['unsafe', 'unnamed-concurrent-index']],
    ['DROP INDEX CONCURRENTLY i', ['contract', 'drop-index']],
    ['VACUUM t', ['expand']],
  ])('outside a transaction: %s', async (sql, expected) => {
    expect(await rulesOf(`${sql};`, true)).toEqual(expected);
  });

  it('refuses to validate a constraint in the transaction that adds it', async () => {
    const sql = 'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c;';
    expect(await rulesOf(sql)).toEqual(['unsafe', 'new-constraint', 'validate-in-same-transaction']);
  });
});

describe('what is judged together', () => {
  it('lets a changeset change freely what an earlier pending one made', async () => {
    const verdicts = await judge(
      '--changeset a:1\nCREATE TABLE t (a int);',
      '--changeset a:2\nCREATE INDEX i ON t (a);',
    );
    expect(verdicts.map((verdict) => verdict.verdict)).toEqual(['expand', 'expand']);
  });

  it('names file and line of SQL that PostgreSQL cannot parse', async () => {
    await expect(judge('--changeset a:1\nSELECT 1;\n\nSELECT\n  FROM FROM t;')).rejects.toMatchObject({
      name: 'ChangelogInvalid',
      message: expect.stringMatching(/^x\.sql:6: syntax error at or near "FROM"/),
    });
  });
});

describe('waivers and declarations', () => {
  const DROP = 'ALTER TABLE t DROP COLUMN a;';
  const refusal = async (remark: string, running?: string[]) => {
    try {
      refuseIncompatible(await judge(`--changeset a:1\n${remark}${DROP}`), running);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it('lets a waived rule pass, with its reason kept', async () => {
    const [verdict] = await judge('--changeset a:1\n--greenroom allow:truncate nobody reads it yet\nTRUNCATE t;');
    expect(verdict).toMatchObject({
      verdict: 'expand',
      findings: [{ rule: 'truncate', waiver: 'nobody reads it yet' }],
    });
  });

  it.each(['allow:truncate', 'allow', 'contract', 'contract unneededSince:2.0', 'please'])(
    'refuses the remark "%s"',
    async (text) => {
      await expect(judge(`--changeset a:1\n--greenroom ${text}\nTRUNCATE t;`)).rejects.toThrow('x.sql:3: "--greenroom');
    },
  );

  it.each([
    ['', ['v9.0.0'], 'declare the first version'],
    ['--greenroom contract unneededSince:v1.2.0\n', undefined, 'which versions run now is not known'],
    ['--greenroom contract unneededSince:v1.10.0\n', ['v1.10.0', 'v1.9.9'], 'v1.9.9 still runs and needs it'],
    ['--greenroom contract unneededSince:v1.2.0\n', ['v1.2.0', 'v1.10.0'], undefined],
    ['--greenroom contract unneededSince:v1.2.0\n', [], undefined],
  ])('%j with %j running: %s', async (remark, running, expected) => {
    const message = await refusal(remark, running);
    if (expected === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(expected);
  });

  it('stops an unsafe statement whatever is declared, and names the safe way', async () => {
    const verdicts = await judge(
      '--changeset a:1\n--greenroom contract unneededSince:v0.0.1\nCREATE INDEX i ON t (a);',
    );
    expect(() => refuseIncompatible(verdicts, [])).toThrow(
      'x.sql:4: x.sql::1::a: unsafe (index-without-concurrently): writes to t wait until the index is built; CREATE INDEX CONCURRENTLY',
    );
  });
});
