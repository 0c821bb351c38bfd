import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProvenance } from '../../cli/provenance';
import { CONFIG, FakeCloud, greenroom } from './world';

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

  describe('in a run of GitHub', () => {
    const commit = 'c'.repeat(40);
    const env = {
      USER: 'runner',
      GITHUB_ACTIONS: 'true',
      GITHUB_SHA: commit,
      GITHUB_REPOSITORY: 'acme/notes',
      GITHUB_REPOSITORY_ID: '42',
      GITHUB_REF: 'refs/tags/v1.0.0',
      GITHUB_WORKFLOW_REF: 'acme/notes/.github/workflows/release.yml@refs/tags/v1.0.0',
      GITHUB_RUN_ID: '7',
    };
    const github = { owner: 'acme', repo: 'notes', repositoryId: '42', workflows: ['release.yml'], branches: ['main'] };
    const config = { ...CONFIG, repository: { ...CONFIG.repository, github } };
    const required = {
      ...config,
      environments: config.environments.map((each) => ({ ...each, provenance: 'required' as const })),
    };
    const run = (cloud: FakeCloud, given: Record<string, string>, loaded = config) =>
      greenroom(['publish', 'v1.0.0', '--digest', digest, '--directory', folder, '-y'], {
        cloud,
        env: given,
        world: { loadConfig: async () => loaded },
      });

    test('says which run of which workflow built it', async () => {
      const cloud = new FakeCloud();

      await run(cloud, env);

      expect(JSON.parse(cloud.objects.get('artifacts/versions/v1.0.0.json')!)).toMatchObject({
        commit,
        provenance: {
          repository: 'acme/notes',
          repositoryId: '42',
          commit,
          ref: 'refs/tags/v1.0.0',
          workflow: env.GITHUB_WORKFLOW_REF,
          run: '7/1',
          branches: [],
        },
      });
    });

    test.each<[string, Record<string, string>, RegExp]>([
      ['without branches that hold its commit', env, /is on no branch and not on main.*fetch-depth: 0/],
      ['of another repository', { ...env, GITHUB_REPOSITORY_ID: '43' }, /was built in acme\/notes \(43\)/],
      ['that does not say what it is', { ...env, GITHUB_REF: '' }, /GITHUB_REF is not set/],
      ['that is none', { USER: 'ann', GITHUB_SHA: commit }, /without saying which run/],
    ])('%s is refused where that is required, before anything is uploaded', async (_what, given, message) => {
      const cloud = new FakeCloud();

      const { code, err } = await run(cloud, given, required);

      expect([code, cloud.objects.size]).toEqual([1, 0]);
      expect(err.join(' ')).toMatch(message);
    });
  });
});

test('the branches of a commit are those of the remote that hold it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-git-'));
  try {
    const git = (at: string, ...args: string[]) =>
      execFileSync('git', ['-C', at, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        encoding: 'utf8',
      });
    const [origin, clone] = [join(folder, 'origin'), join(folder, 'clone')];
    execFileSync('git', ['init', '-q', '-b', 'main', origin]);
    git(origin, 'commit', '-q', '--allow-empty', '-m', 'one');
    git(origin, 'checkout', '-q', '-b', 'hotfix/1');
    git(origin, 'commit', '-q', '--allow-empty', '-m', 'two');
    execFileSync('git', ['clone', '-q', origin, clone]);
    const commitOf = (ref: string) => git(clone, 'rev-parse', ref).trim();
    const branches = (commit: string) =>
      readProvenance({ ...IN_GITHUB, GITHUB_SHA: commit }, undefined, (...args) => git(clone, ...args))?.branches;

    expect(branches(commitOf('origin/hotfix/1'))).toEqual(['hotfix/1']);
    expect([...(branches(commitOf('origin/main')) ?? [])].sort()).toEqual(['hotfix/1', 'main']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const IN_GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/notes',
  GITHUB_REPOSITORY_ID: '42',
  GITHUB_REF: 'refs/tags/v1.0.0',
  GITHUB_WORKFLOW_REF: 'acme/notes/.github/workflows/release.yml@refs/tags/v1.0.0',
  GITHUB_RUN_ID: '7',
};
