import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeChangesets } from '../../lambda/migrator/compatibility/judge';
import { readChangelog } from '../../lambda/migrator/reader';

// Our rules beside those of squawk, a linter of PostgreSQL migrations, over a corpus with a statement a line.

const CORPUS = join(__dirname, 'corpus');
const SQUAWK = join(__dirname, '..', '..', 'node_modules', 'squawk-cli', 'js', 'bin', 'squawk');

/** Rules of squawk that have no rule of ours, and why. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'require-lock-timeout': 'the runner sets lock_timeout before every statement, gives way and tries again',
  'require-statement-timeout': 'the runner sets statement_timeout to what is left of its time',
  'prefer-robust-stmts': 'a changeset and its row are one transaction, or its statements stand in the journal',
  'prefer-bigint-over-int': 'a matter of taste in a new column; nothing that runs is disturbed',
  'prefer-bigint-over-smallint': 'the same',
  'prefer-identity': 'the same',
  'prefer-text-field': 'the same',
  'prefer-timestamp-tz': 'the same',
  'ban-char-field': 'the same',
  'require-enum-value-ordering': 'where a new value sorts disturbs nobody who does not know it',
  'ban-create-domain-with-constraint': 'no column has the new domain yet; a constraint added later is found',
  'ban-drop-not-null':
    'it permits more than before; that the old version may then meet a NULL holds for every new value that the new version writes',
};

interface Case {
  readonly sql: string;
  readonly inTransaction: boolean;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const corpus = readdirSync(CORPUS).flatMap((file) =>
  readFileSync(join(CORPUS, file), 'utf8')
    .trim()
    .split('\n')
    .map((sql) => ({ sql, inTransaction: file !== 'outside-transaction.sql' })),
);
const runs = spawnSync(process.execPath, [SQUAWK, '--version']).status === 0;
const cases: Case[] = [];

beforeAll(async () => {
  if (!runs) return;
  const theirs = askSquawk();
  for (const [index, { sql, inTransaction }] of corpus.entries()) {
    cases.push({ sql, inTransaction, ours: await askUs(sql, inTransaction), theirs: theirs[index] ?? [] });
  }
}, 60_000);

async function askUs(sql: string, inTransaction: boolean): Promise<string[]> {
  const head = `--changeset a:1 splitStatements:false runInTransaction:${inTransaction}`;
  const changelog = readChangelog({ 'a.sql': `--liquibase formatted sql\n${head}\n${sql}\n` }, 'a.sql');
  const verdicts = await judgeChangesets(changelog.changesets);
  return verdicts.flatMap(({ findings }) => findings.map(({ rule }) => rule));
}

/** The rules that each statement of the corpus meets, every statement a file of its own. */
function askSquawk(): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-squawk-'));
  try {
    const files = corpus.map(({ sql }, index) => {
      const file = join(folder, `${index}.sql`);
      writeFileSync(file, `${sql}\n`);
      return file;
    });
    const ask = (inTransaction: boolean) => {
      const chosen = files.filter((_, index) => corpus[index]?.inTransaction === inTransaction);
      const options = ['--reporter', 'json', ...(inTransaction ? ['--assume-in-transaction'] : [])];
      const { stdout } = spawnSync(process.execPath, [SQUAWK, ...options, ...chosen], { encoding: 'utf8' });
      return JSON.parse(stdout) as { file: string; rule_name: string }[];
    };
    const found = [...ask(true), ...ask(false)];
    return files.map((file) => found.filter((each) => each.file === file).map((each) => each.rule_name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const beside = runs ? describe : describe.skip;

beside('beside squawk (skipped where its binary does not run)', () => {
  test('squawk understands the corpus and finds something in it', () => {
    expect(cases.flatMap(({ theirs }) => theirs)).not.toContain('syntax-error');
    expect(cases.filter(({ theirs }) => theirs.some((rule) => !(rule in NOT_OURS))).length).toBeGreaterThan(30);
  });

  test('every statement that it flags is flagged by us, or its rule stands in the table with the reason', () => {
    const missed = cases
      .filter(({ ours, theirs }) => ours.length === 0 && theirs.some((rule) => !(rule in NOT_OURS)))
      .map(({ sql, theirs }) => `${sql} ${theirs.join(' ')}`);
    expect(missed).toEqual([]);
  });

  test('the table has no entry that the corpus does not meet', () => {
    const met = new Set(cases.flatMap(({ theirs }) => theirs));
    expect(Object.keys(NOT_OURS).filter((rule) => !met.has(rule))).toEqual([]);
  });

  test.each([
    'DROP VIEW',
    'DROP MATERIALIZED VIEW',
    'DROP FUNCTION',
    'DROP TYPE',
    'DROP SCHEMA',
    'ALTER TYPE state RENAME VALUE',
    'ALTER SCHEMA archive RENAME',
    'ALTER TABLE notes SET SCHEMA',
    'REVOKE',
    'ALTER TABLE notes ALTER COLUMN body DROP DEFAULT',
    'ALTER TABLE notes DROP CONSTRAINT',
    'LOCK TABLE',
    'VACUUM FULL',
    'TRUNCATE notes;',
    'UPDATE notes',
    'DO $$ BEGIN DROP TABLE',
  ])('what it misses is found by us: %s', (begin) => {
    const found = cases.filter(({ sql }) => sql.startsWith(begin));
    expect(found.length).toBeGreaterThan(0);
    for (const { ours, theirs } of found) {
      expect(theirs.filter((rule) => !(rule in NOT_OURS))).toEqual([]);
      expect(ours).not.toEqual([]);
    }
  });
});

test('what only adds is flagged by nobody here', async () => {
  const harmless = /^(CREATE (TABLE|VIEW|EXTENSION)|COMMENT|INSERT|GRANT|ALTER TABLE notes ADD COLUMN body text)/;
  for (const { sql, inTransaction } of corpus.filter((each) => harmless.test(each.sql))) {
    expect([sql, await askUs(sql, inTransaction)]).toEqual([sql, []]);
  }
});
