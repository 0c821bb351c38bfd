import type { EngineName } from '../../lambda/migrator/engine';
import { readChangelog } from '../../lambda/migrator/reader';
import { ChangelogProblem } from '../../lambda/migrator/problem';
import { rollbackStatementsOf, statementsOf } from '../../lambda/migrator/statements';
import { seededRandom } from '../../local/seeded-random';
import * as recorded from './vectors.json';

/** Changelogs to begin with: what was recorded, and some with everything in them. */
const SEEDS: readonly { root: string; text: string }[] = [
  ...recorded.vectors.map((vector) => ({
    root: vector.file.split('/').at(-1) ?? 'x.sql',
    text: Buffer.from(vector.content_base64, 'base64').toString(),
  })),
  {
    root: 'all.sql',
    text: `--liquibase formatted sql logicalFilePath:a/b.sql
--property name:a value:\${b} dbms:postgresql context:x global:false
--property name:b value:1
--changeset "a b":"c d" context:"(a or !b) and c" labels:x,y dbms:!mysql runOnChange:true runAlways:false splitStatements:true endDelimiter:@@ stripComments:false
--comment: hello
--validCheckSum: ANY
--preconditions onFail:MARK_RAN onError:WARN onFailMessage:"x y"
--precondition-sql-check expectedResult:'0' select count(*) from t
--greenroom allow:truncate reason
create function f() returns int as $$ begin return 1; end $$ language plpgsql@@ select '\${a}' /* ; /* */ */ @@
--ignoreLines:1
junk
/* liquibase rollback
select 1;
*/
--rollback select 2;
--changeset a:2 runInTransaction:false failOnError:false
create index concurrently i on t (a);
--rollback changesetId:"c d" changesetAuthor:x
`,
  },
];

/** What only the grammar of MySQL and MariaDB has. */
const MYSQL_SEEDS: typeof SEEDS = [
  ...SEEDS,
  {
    root: 'mysql.sql',
    text: `--liquibase formatted sql
--changeset a:1 dbms:mariadb,mysql
# a comment; with a semicolon
create table \`a;b\` (c varchar(9) default 'it\\'s;', d json /*!80013 default (1) */);
create procedure p() begin if 1 then select ";"; end if; case when 1 then select 2; end case; end;
--rollback drop procedure p;
--changeset a:2 endDelimiter:// runInTransaction:false
create trigger t before insert on x for each row begin not atomic set @a = 1; end //
--rollback drop trigger t //
`,
  },
];

const WORDS = [
  '--changeset a:1\n', '-changeset a:2\n', '--rollback ', '--rollback empty\n', '/* liquibase rollback\n', '*/', '--ignoreLines:', 'start\n', 'end\n',
  '--property name:', 'value:', '${', '}', '${a}', '"', "'", '$$', '$x$', ';', '@@', '\n', '\r\n', '\r', '\t', ' ', ':', '--', '/*', '(', ')', 'and', 'or', '!',
  'context:', 'labels:', 'dbms:', 'endDelimiter:', '--preconditions ', '--precondition-sql-check ', 'expectedResult:', '- ', '{', '[', ']', ',', '&x ', '*x', '<<: ',
  'databaseChangeLog:', 'changeSet:', 'include:', 'includeAll:', 'sql:', 'rollback:', 'changes:', 'preConditions:', 'not:', '\uFEFF', '\u0000', '\uD800', '\u00a0', '\u2028', '!!binary ', '? ', '| ', '> ', '%YAML 9\n', '---\n', '0x1F', '1e999', '.inf', '~', '__proto__', 'constructor',
]; // prettier-ignore

/** A changelog that follows from the seed: one of the beginnings, mutated one to twelve times. */
export function mutated(seed: number, engine: EngineName = 'postgresql'): { root: string; text: string } {
  const next = seededRandom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const seeds = engine === 'postgresql' ? SEEDS : MYSQL_SEEDS;
  const start = seeds[below(seeds.length)] ?? { root: 'x.sql', text: '' };
  let { text } = start;
  for (let count = 1 + below(12); count > 0; count--) {
    const at = below(text.length + 1);
    const length = below(40);
    const word = WORDS[below(WORDS.length)] ?? '';
    const piece = text.slice(at, at + length);
    text = [
      () => text.slice(0, at) + text.slice(at + length),
      () => text.slice(0, at) + word + text.slice(at),
      () => text.slice(0, at) + piece.repeat(1 + below(50)) + text.slice(at),
      () => text.slice(0, at) + word.repeat(1 + below(200)) + text.slice(at),
      () => text.slice(0, at) + String.fromCharCode(below(0x10000)) + text.slice(at + 1),
      () => text.slice(at) + text.slice(0, at),
      () => text.slice(0, at),
    ][below(7)]?.() as string;
  }
  return { root: start.root, text };
}

/**
 * Reads a mutated changelog, and splits what it holds.
 *
 * @returns whether it is a changelog
 * @throws Error when the reader fails with anything but a file and a line, or takes longer than a second
 */
export function readMutated(seed: number, engine: EngineName = 'postgresql'): boolean {
  const { root, text } = mutated(seed, engine);
  const files = {
    [root]: text,
    'inc/a.sql': '--liquibase formatted sql\n--changeset a:a\nselect 1;',
    'sql/plain.sql': 'select 1;',
  };
  const started = performance.now();
  let valid = true;
  try {
    for (const changeset of readChangelog(files, root, { engine }).changesets) {
      statementsOf(changeset);
      rollbackStatementsOf(changeset);
    }
  } catch (error) {
    valid = false;
    if (!(error instanceof ChangelogProblem) || !(error.place.line >= 1) || error.place.file === '') {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  const ms = performance.now() - started;
  if (ms > 1_000) throw new Error(`seed ${seed}: reading took ${Math.round(ms)} ms`);
  return valid;
}
