import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildChangelog, buildImage, buildPlaceholder, FAULTS, type Fault, undeclaredFiles } from '../../local/images';

const outdir = mkdtempSync(join(tmpdir(), 'greenroom-images-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

describe('images', () => {
  test('each version and each fault has a digest of its own', async () => {
    const images = [
      await buildImage({ version: 'v1.0.0', outdir }),
      ...(await Promise.all(FAULTS.map((fault) => buildImage({ version: 'v1.1.0', fault, outdir })))),
      buildPlaceholder({ outdir }),
    ];
    expect(new Set(images.map((image) => image.digest)).size).toBe(images.length);
    for (const image of images) {
      expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      // A program that needs nothing beside it: node can read it where it is.
      execFileSync(process.execPath, ['--check', image.entry]);
    }
  });

  test('the same build has the same digest and is stored once', async () => {
    const first = await buildImage({ version: 'v1.1.0', outdir });
    const again = await buildImage({ version: 'v1.1.0', fault: 'none', outdir });
    expect(again).toEqual(first);
    expect(readdirSync(first.directory)).toEqual(['server.js']);
  });

  test.each([
    ['a version that does not exist', { version: 'v9.9.9' }, /no version "v9.9.9", only v1\.0\.0.* v1\.2\.0/],
    ['an unknown fault', { version: 'v1.1.0', fault: 'smok' as Fault }, /FAULT "smok" is unknown/],
  ])('%s is refused', async (_name, options, message) => {
    await expect(buildImage({ ...options, outdir })).rejects.toThrow(message);
  });
});

describe('changelogs', () => {
  test('a version has the files up to its own, and no later ones', () => {
    const files = (version: string): string[] =>
      Object.keys((JSON.parse(buildChangelog({ version }).bytes.toString()) as { files: object }).files);
    expect(files('v1.0.0')).toContain('sql/0001-notes.sql');
    expect(files('v1.0.0')).not.toContain('sql/0002-pinned.sql');
    expect(files('v1.1.0')).toEqual(expect.arrayContaining([...files('v1.0.0'), 'sql/0002-pinned.sql']));
    expect(files('v1.1.0')).toEqual([...files('v1.1.0')].sort());
  });

  test('the key is the SHA-256 of the bytes', () => {
    const { key, sha256, bytes } = buildChangelog({ version: 'v1.1.0' });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(key).toBe(`changelogs/${sha256}.json`);
    expect(buildChangelog({ version: 'v1.1.0' }).bytes.equals(bytes)).toBe(true);
  });

  test('a broken one is the same with a changeset more', () => {
    const parse = (broken: boolean): { files: Record<string, string> } =>
      JSON.parse(buildChangelog({ version: 'v1.1.0', broken }).bytes.toString()) as { files: Record<string, string> };
    const { 'sql/9999-broken.sql': added, ...rest } = parse(true).files;
    expect(added).toMatch(/^--liquibase formatted sql\n\n--changeset notes:labels-broken\n/);
    expect(rest).toEqual(parse(false).files);
  });

  test('every file of migrations/ belongs to a version', () => {
    expect(undeclaredFiles()).toEqual([]);
  });

  test('a file that belongs to none is noticed, and one that is gone is an error', () => {
    const directory = join(outdir, 'migrations');
    cpSync(join(__dirname, '../../migrations'), directory, { recursive: true });
    writeFileSync(join(directory, 'sql', '0009-forgotten.sql'), '--liquibase formatted sql\n');
    expect(undeclaredFiles(directory)).toEqual(['sql/0009-forgotten.sql']);

    rmSync(join(directory, 'sql', '0002-pinned.sql'));
    expect(() => buildChangelog({ version: 'v1.1.0', directory })).toThrow(/sql\/0002-pinned.sql .* is not in/);
    expect(buildChangelog({ version: 'v1.0.0', directory }).bytes.toString()).not.toContain('forgotten');
  });
});

test('the Dockerfile copies only what .dockerignore lets through', () => {
  for (const example of ['notes', 'placeholder']) {
    const folder = join(__dirname, '../../examples', example);
    const allowed = readFileSync(join(folder, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1).replace(/\/$/, ''));
    const copied = [...readFileSync(join(folder, 'Dockerfile'), 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
    expect(copied.flatMap((match) => match[1]?.split(' ') ?? []).sort()).toEqual(allowed.sort());
  }
});
