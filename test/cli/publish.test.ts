import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeCloud, greenroom } from './world';

describe('publish', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-cli-'));
    writeFileSync(
      join(folder, 'changelog.yaml'),
      'databaseChangeLog:\n  - include: { file: a.sql, relativeToChangelogFile: true }\n',
    );
    writeFileSync(join(folder, 'a.sql'), '--liquibase formatted sql\n--changeset ann:1\nSELECT 1;\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const publish = (cloud: FakeCloud, ...more: string[]) =>
    greenroom(['publish', 'v1.0.0', '--digest', digest, '--directory', folder, '-y', ...more], { cloud });

  test('uploads the changelog under the hash of its bytes, and the version that names both', async () => {
    const cloud = new FakeCloud();
    const commit = 'b'.repeat(40);

    const { code, out } = await publish(cloud, '--commit', commit);

    const [changelogKey, pointerKey] = [...cloud.objects.keys()] as [string, string];
    const sha256 = createHash('sha256').update(cloud.objects.get(changelogKey)!).digest('hex');
    const pointer = { version: 'v1.0.0', digest, commit, changelog: { key: `changelogs/${sha256}.json`, sha256 } };
    expect(code).toBe(0);
    expect([changelogKey, pointerKey]).toEqual([
      `artifacts/changelogs/${sha256}.json`,
      'artifacts/versions/v1.0.0.json',
    ]);
    expect(JSON.parse(cloud.objects.get(pointerKey)!)).toEqual(pointer);
    expect(JSON.parse(out.join('\n'))).toEqual(pointer);
  });

  test('done twice changes nothing and succeeds', async () => {
    const cloud = new FakeCloud();
    await publish(cloud);
    const before = new Map(cloud.objects);

    const { code, err } = await publish(cloud);

    expect(code).toBe(0);
    expect(cloud.objects).toEqual(before);
    expect(err.join('\n')).toContain('v1.0.0 was published as this already');
  });

  test.each<[string, () => string[]]>([
    ['image', () => ['--digest', `sha256:${'b'.repeat(64)}`]],
    [
      'changelog',
      () => {
        writeFileSync(join(folder, 'a.sql'), '--liquibase formatted sql\n--changeset ann:1\nSELECT 2;\n');
        return [];
      },
    ],
  ])('never gives a version another %s', async (what, change) => {
    const cloud = new FakeCloud();
    await publish(cloud);
    const before = cloud.objects.get('artifacts/versions/v1.0.0.json');

    const { code, err } = await publish(cloud, ...change());

    expect(code).toBe(1);
    expect(cloud.objects.get('artifacts/versions/v1.0.0.json')).toBe(before);
    expect(err.join('\n')).toContain(`v1.0.0 is published already with the ${what}`);
  });

  test('as a dry run prints the same and asks AWS nothing', async () => {
    const cloud = new FakeCloud();
    const dry = await publish(cloud, '--dry-run');
    const asked = cloud.options;

    const real = await publish(cloud);

    expect([dry.code, asked]).toEqual([0, undefined]);
    expect(dry.out).toEqual(real.out);
  });

  test('uploads nothing when the changelog is wrong, and says where', async () => {
    writeFileSync(join(folder, 'a.sql'), '--liquibase formatted sql\n--changeset ann\nSELECT 1;\n');
    const cloud = new FakeCloud();

    const { code, err } = await publish(cloud);

    expect([code, cloud.objects.size]).toEqual([1, 0]);
    expect(err.join('\n')).toContain('a.sql:2');
  });
});
