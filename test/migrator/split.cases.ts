import fc from 'fast-check';
import { loadModule, parseSync } from 'libpg-query';
import { splitSql } from '../../lambda/migrator/split';

beforeAll(() => loadModule());

const split = (sql: string) =>
  splitSql({
    sql,
    splitStatements: true,
    stripComments: false,
    file: 'x.sql',
    lines: sql.split('\n').map((_, i) => i + 1),
  });

/** Statements that hold what could be taken for an end: each is one statement to PostgreSQL. */
const STATEMENTS = [
  'SELECT 1',
  "SELECT 'a;b', 'it''s; fine', E'\\';', e'\\\\', U&'d\\0061;', B'1', $1 FROM t WHERE a = $2",
  'SELECT "a;b", "x""y;" FROM t',
  "SELECT $$a;'b$$, $tag$ $$ ; $tag$, $_1$;$_1$",
  'SELECT a$b, a$1$c FROM t',
  "DO $body$ BEGIN PERFORM 1; RAISE NOTICE ';'; END $body$",
  'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$',
  'CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 ELSE 2 END; SELECT 1 AS end; END',
  'CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); END',
  'CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO v VALUES (2))',
  'CREATE TABLE "begin" (atomic int, "end" int)',
  'SELECT 1 /* ; /* nested ; */ ; */ + 2',
  "SELECT 1 -- ; it's\n + 2",
  'SELECT 4\n/\n2',
  "COMMENT ON TABLE t IS 'a'\n'b;'",
  'CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS $f$ DECLARE q text := $q$;$q$; BEGIN RETURN NULL; END $f$',
  'SELECT U&"d!0061;" UESCAPE \'!\'',
  "INSERT INTO t VALUES ('日本;', 'é') ON CONFLICT DO NOTHING",
];
const BETWEEN = [';', ' ; ', ';\n', ';;', ';\r\n', '; -- note; more\n', ';/* x; */ ', ';\n\n-- a\n-- b;\n'];

describe('splitting', () => {
  it("agrees with PostgreSQL's own parser, whatever stands between the statements", () => {
    const pieces = fc.array(fc.tuple(fc.constantFrom(...STATEMENTS), fc.constantFrom(...BETWEEN)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(pieces, fc.boolean(), (parts, closed) => {
        const text = parts.map(([statement, between]) => statement + between).join('') + (closed ? '' : 'SELECT 9');

        const ours = split(text);

        expect(ours).toHaveLength(parseSync(text).stmts!.length);
        for (const statement of ours) expect(parseSync(statement.sql).stmts).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it('names the line on which each statement begins', () => {
    const text = '-- first\nSELECT 1;\n\nSELECT\n  2; SELECT 3;\n/* a\nb */ SELECT 4';
    expect(split(text).map((statement) => statement.line)).toEqual([2, 4, 5, 7]);
  });

  it('leaves comments out when asked to, but not out of literals and bodies, and keeps words apart', () => {
    const sql = "SELECT/* a */1 -- b\n, '--c', $$ --d $$; -- e\n/* f */";
    const stripped = splitSql({ sql, splitStatements: true, stripComments: true, file: 'x.sql', lines: [1, 2, 3] });
    expect(stripped.map((statement) => statement.sql)).toEqual(["SELECT 1 \n, '--c', $$ --d $$"]);
  });

  it.each([
    ['@@', 'a;b @@ c@@', ['a;b', 'c']],
    ['//', "a '//' // b", ["a '//'", 'b']],
    ['GO', 'a\nGO\nSELECT go\nGO', ['a', 'SELECT go']],
    ['/', 'SELECT 4/2\n/\nb', ['SELECT 4/2', 'b']],
    ['\\nGO', 'a;\nGO\nb\nGO', ['a;', 'b']],
    ['END;', 'x END; y END;', ['x', 'y']],
  ])('splits at the delimiter %j', (endDelimiter, sql, expected) => {
    const text = { sql, splitStatements: true, stripComments: false, endDelimiter, file: 'x.sql', lines: [1] };
    expect(splitSql(text).map((statement) => statement.sql)).toEqual(expected);
  });

  it.each(["'", '"', '$$', '$a$ $$', '/*', '/* /* */', "E'\\", '(((', '--', 'BEGIN ATOMIC', ')', '\\', '\u0000'])(
    'reads what is not closed (%j) to its end',
    (text) => {
      expect(split(`SELECT 1; ${text}`).map((statement) => statement.sql)[0]).toBe('SELECT 1');
      expect(() => split(text.repeat(50_000))).not.toThrow();
    },
  );
});
