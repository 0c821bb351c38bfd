import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildChangelog } from '../../cli/changelog-folder';
import { buildChangelog as buildSample } from '../../local/images/changelogs';

const ROOT = 'databaseChangeLog:\n  - includeAll: { path: sql/, relativeToChangelogFile: true }\n';
const SQL = '--liquibase formatted sql\n--changeset ann:1\nSELECT 1;\n';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'greenroom-cli-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

test("packs the sample's newest version into the very bytes that the local mode publishes", () => {
  const built = buildChangelog(join(__dirname, '../../migrations'));

  expect(built.bytes.toString()).toBe(buildSample({ version: 'v1.2.0' }).bytes.toString());
  expect(built.sha256).toBe(buildSample({ version: 'v1.2.0' }).sha256);
  expect(built.changesets).toBeGreaterThan(0);
});

test('reads the changelog for the engine that it will run on', () => {
  const body = 'CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END;';
  write({ 'changelog.yaml': ROOT, 'sql/a.sql': `--liquibase formatted sql\n--changeset ann:1\n${body}` });
  const property = (dbms: string) => `--property name:id value:${dbms} dbms:${dbms}\n`;
  const both = property('mysql') + property('postgresql');
  write({
    'sql/b.sql': `--liquibase formatted sql\n${both}--changeset ann:${'${id}'}\nSELECT 1;\n--changeset ann:mysql\nSELECT 1;`,
  });

  expect(buildChangelog(folder, 'postgresql').changesets).toBe(3);
  expect(() => buildChangelog(folder, 'mysql')).toThrow('sql/b.sql::mysql::ann is already defined');
});

test('takes what a changelog is made of, sorted, and nothing else', () => {
  write({
    'changelog.yaml': ROOT,
    'sql/b.sql': SQL.replace(':1', ':2'),
    'sql/a.sql': SQL,
    'verify/x.sql': 'SELECT 1 WHERE false;',
    'README.md': 'words',
    '.draft.sql': 'nonsense',
  });

  const { files, bytes, changesets } = buildChangelog(folder);

  expect(files).toEqual(['changelog.yaml', 'sql/a.sql', 'sql/b.sql', 'verify/x.sql']);
  expect(changesets).toBe(2);
  expect(JSON.parse(bytes.toString())).toMatchObject({ root: 'changelog.yaml', files: { 'sql/a.sql': SQL } });
});

test('keeps every byte of a file, the byte order mark and the kind of line ends too', () => {
  const odd = `\uFEFF${SQL.replaceAll('\n', '\r\n')}`;
  write({ 'changelog.yaml': ROOT, 'sql/a.sql': odd });

  const artifact = JSON.parse(buildChangelog(folder).bytes.toString()) as { files: Record<string, string> };

  expect(artifact.files['sql/a.sql']).toBe(odd);
});

test.each<[string, () => void, RegExp]>([
  ['a folder that does not exist', () => rmSync(folder, { recursive: true }), /cannot be read \(ENOENT\)/],
  ['a folder without root', () => write({ 'sql/a.sql': SQL }), /changelog\.yaml does not exist/],
  [
    'a file in another encoding',
    () => write({ 'changelog.yaml': ROOT, 'sql/a.sql': Buffer.from([0x2d, 0x2d, 0xe4, 0x0a]) }),
    /a\.sql is no UTF-8 text/,
  ],
  [
    'a symbolic link',
    () => {
      write({ 'changelog.yaml': ROOT, 'sql/a.sql': SQL });
      symlinkSync(join(folder, 'sql/a.sql'), join(folder, 'sql/b.sql'));
    },
    /b\.sql is a symbolic link/,
  ],
  [
    'two changesets of one identity',
    () => write({ 'changelog.yaml': ROOT, 'sql/a.sql': `${SQL}--changeset ann:1\nSELECT 2;\n` }),
    /sql\/a\.sql:4: .*already defined at sql\/a\.sql:2/,
  ],
  [
    'an include that is not there',
    () => write({ 'changelog.yaml': 'databaseChangeLog:\n  - include: { file: gone.sql }\n' }),
    /changelog\.yaml:2: .*gone\.sql/,
  ],
])('refuses %s', (_what, arrange, message) => {
  arrange();

  try {
    expect(() => buildChangelog(folder)).toThrow(message);
  } finally {
    mkdirSync(folder, { recursive: true });
  }
});
