import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../lib/config';
import { FakeCloud, greenroom, PLACES, STATUS } from './world';

const TO = 'eu-west-1';
const SNAPSHOT = 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-1';
const DIGEST = `sha256:${'d'.repeat(64)}`;
const PRODUCTION = { name: 'production', account: '111122223333', region: 'eu-central-1' };
const RELOCATED = { name: 'production-eu-west-1', account: '111122223333', region: TO, production: true };

test('relocate prints every step with the names of the other region, and asks nobody', async () => {
  const { code, out } = await greenroom(['relocate', '--to', TO, '--image-version', 'v1.4.0', '-e', 'production']);

  const text = out.join('\n');
  expect(code).toBe(0);
  expect(text.match(/^# \d+\. /gm)).toHaveLength(8);
  expect(text).toContain(
    "{ name: 'production-eu-west-1', region: 'eu-west-1', production: true, provenance: 'recorded', database: { restoreFrom: '$SNAPSHOT' } }",
  );
  expect(text).toContain('npx greenroom publish v1.4.0 --digest $DIGEST --directory .greenroom/relocate/migrations');
});

test('an environment with one fleet is not relocated', async () => {
  const { code, err } = await greenroom(['relocate', '--to', TO, '-e', 'dev']);

  expect([code, err.join()]).toEqual([2, expect.stringContaining('needs two colors')]);
});

describe('relocate --run', () => {
  /** The region that is left, with what was copied there; a shell whose commands take effect in it. */
  function region(environments: object[] = [PRODUCTION, { ...RELOCATED, database: { restoreFrom: SNAPSHOT } }]) {
    const cloud = new FakeCloud();
    cloud.answers.status = { ...STATUS, live: null };
    cloud.recoveryPoints.set('arn:aws:rds:eu-central-1:111122223333:db:notes-production', {
      arn: SNAPSHOT,
      at: '2026-11-21T03:20:00.000Z',
    });
    cloud.images.set('notes/production:live', { digest: DIGEST, tags: ['live', 'v1.4.0'] });
    const lines: string[] = [];
    let broken: RegExp | undefined;
    const shell = async (line: string): Promise<number> => {
      lines.push(line);
      if (broken?.test(line)) return 1;
      const created = { status: 'CREATE_COMPLETE', account: '111122223333', region: TO };
      if (line.startsWith('npx cdk deploy')) {
        for (const part of ['database', 'edge', 'release', 'operations'])
          cloud.stacks.set(`${TO} notes-production-eu-west-1-${part}`, created);
      }
      if (line.startsWith('docker buildx'))
        cloud.images.set('notes/production-eu-west-1:v1.4.0', { digest: DIGEST, tags: [] });
      if (line.startsWith('npx greenroom publish'))
        cloud.objects.set(`${PLACES.artifactBucket}/versions/v1.4.0.json`, '{}');
      if (line.startsWith('npx greenroom release')) cloud.answers.status = { ...STATUS, live: { version: 'v1.4.0' } };
      return 0;
    };
    const config = parseConfig(
      { application: { name: 'notes' }, repository: {}, container: {}, database: { engine: 'postgres' }, environments },
      new Date(),
    );
    return {
      cloud,
      lines,
      breakAt: (line: RegExp | undefined) => void (broken = line),
      relocate: (answer?: string, ...more: string[]) =>
        greenroom(['relocate', '--to', TO, '-e', 'production', '--run', ...more], {
          cloud,
          answer,
          world: { shell, loadConfig: async () => config },
        }),
    };
  }

  test('does what it prints, from the deployment to the release, and knows then that all of it is done', async () => {
    const { lines, relocate } = region();

    const { code, out } = await relocate(undefined, '--yes');

    expect([code, out.at(-1)]).toEqual([0, 'production-eu-west-1 runs v1.4.0']);
    const printed = await greenroom(['relocate', '--to', TO, '-e', 'production']);
    const commands = printed.out
      .slice(printed.out.findIndex((line) => line.startsWith('# 4.')))
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) =>
        line.replaceAll('$VERSION', 'v1.4.0').replaceAll('$DIGEST', DIGEST).replaceAll('$ACCOUNT', '111122223333'),
      );
    expect(lines).toEqual(commands);

    lines.length = 0;
    const again = await relocate(undefined, '--yes');
    expect(again.out.filter((line) => line.endsWith('done already'))).toHaveLength(4);
    // Nobody can tell whether users have their passwords; making them again does no harm.
    expect(lines).toEqual([expect.stringContaining('rotate-secret')]);
  });

  test('stops where something fails, and goes on from there', async () => {
    const { lines, relocate, breakAt } = region();
    breakAt(/^docker buildx/);

    const failed = await relocate(undefined, '--yes');

    expect([failed.code, failed.err.join()]).toEqual([
      1,
      expect.stringMatching(/docker buildx.* ended with 1: mend that/),
    ]);
    expect(lines.some((line) => line.startsWith('npx greenroom'))).toBe(false);

    breakAt(undefined);
    lines.length = 0;
    const { code } = await relocate(undefined, '--yes');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^aws ecr get-login-password/);
  });

  /** Runs a line as relocate does, in a folder of its own. @param aws what the AWS CLI answers there */
  function runReally(directory: string, line: string, aws = ''): { code: number | null; out: string } {
    const bin = join(directory, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'aws'), `#!/bin/sh\ncat <<'EOF'\n${aws}\nEOF\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', line], { cwd: directory, env });
    return { code: status, out: `${stdout}${stderr}` };
  }

  describe('its lines, in a real shell', () => {
    let directory: string;
    let lines: string[];
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'greenroom-relocate-'));
      const world = region();
      await world.relocate(undefined, '--yes');
      lines = world.lines;
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test('check the tag out again, also where an attempt was stopped in the middle', () => {
      const commit = 'git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x';
      runReally(directory, `git init -q . && ${commit} && git tag v1.4.0`);
      const checkout = lines.find((line) => line.includes('git worktree add')) as string;

      expect(runReally(directory, checkout).code).toBe(0);
      writeFileSync(join(directory, '.greenroom/relocate/half-done'), '');

      expect(runReally(directory, checkout)).toMatchObject({ code: 0 });
      expect(existsSync(join(directory, '.greenroom/relocate/half-done'))).toBe(false);
      expect(runReally(directory, 'git worktree remove --force .greenroom/relocate').code).toBe(0);
    });

    test.each([
      ['{"users":["notes_a"]}{ "StatusCode": 200 }', 0],
      ['{"errorMessage":"db takes none"}{ "StatusCode": 200, "FunctionError": "Unhandled" }', 1],
    ])('stop where the function that makes users said %s', (said, code) => {
      const mend = lines.find((line) => line.includes('rotate-secret')) as string;

      expect(runReally(directory, mend, said)).toEqual({ code, out: `${said}\n` });
    });
  });

  test('asks before each step', async () => {
    const { lines, relocate } = region();

    const { code, err } = await relocate('n');

    expect([code, lines]).toEqual([1, []]);
    expect(err).toContain('Run it? [y/N] ');
  });

  test('says which entry the configuration needs, with the newest copy, before it touches anything', async () => {
    const { lines, relocate } = region([PRODUCTION]);

    const { code, out, err } = await relocate(undefined, '--yes');

    expect([code, lines]).toEqual([1, []]);
    expect(out).toEqual([`newest copy: ${SNAPSHOT}, of 2026-11-21T03:20:00.000Z; what was written later is lost`]);
    expect(err.join('\n')).toContain(
      `{ name: 'production-eu-west-1', region: 'eu-west-1', production: true, provenance: 'recorded', database: { restoreFrom: '${SNAPSHOT}' } }`,
    );
  });

  test.each<[string, (world: ReturnType<typeof region>) => unknown, string[], RegExp]>([
    [
      'no copy of the database',
      ({ cloud }) => cloud.recoveryPoints.clear(),
      [],
      /there is no copy of .*notes-production/,
    ],
    ['no image', ({ cloud }) => cloud.images.clear(), [], /has no image "live" in eu-west-1: "replicateImagesTo"/],
  ])('without what was to be copied there (%s) says so', async (_, lose, more, message) => {
    const world = region([PRODUCTION]);
    lose(world);

    const { code, err } = await world.relocate(undefined, '--yes', ...more);

    expect([code, world.lines, err.join()]).toEqual([1, [], expect.stringMatching(message)]);
  });

  test('does not begin as another copy than the configuration says', async () => {
    const { code, err } = await region().relocate(undefined, '--yes', '--snapshot', `${SNAPSHOT}-other`);

    expect([code, err.join()]).toEqual([2, expect.stringContaining(`and not ${SNAPSHOT}-other`)]);
  });

  test('finds the account by the stack that holds the copies, where the configuration does not say it', async () => {
    const { cloud, relocate } = region([{ name: 'production' }]);

    expect((await relocate(undefined, '--yes')).err.join()).toContain(
      'the stack notes-production-backup-eu-west-1 is not in',
    );

    cloud.stacks.set(`${TO} notes-production-backup-eu-west-1`, {
      status: 'CREATE_COMPLETE',
      account: '111122223333',
      region: TO,
    });
    expect((await relocate(undefined, '--yes')).err.join()).toContain('say which region is lost');
  });
});
