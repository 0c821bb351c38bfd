import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const SCRIPTS = join(__dirname, '../../.github/scripts');
const root = mkdtempSync(join(tmpdir(), 'greenroom-github-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly output: string;
  /** Lines that the steps after it would read. */
  readonly written: string;
  /** Calls of `gh`, one a line. */
  readonly calls: string;
}

let runs = 0;
/**
 * Runs a script of the workflows with programs of our own in place of `gh` and `greenroom`.
 *
 * @param greenroom body of a shell script; `$*` is what it was asked
 * @param gh the same; what it is asked is written down besides
 */
function run(
  script: string,
  env: Record<string, string>,
  greenroom = 'exit 0',
  gh = 'exit 0',
  args: readonly string[] = [],
  cwd?: string,
): Promise<Ran> {
  const folder = join(root, `${++runs}`);
  const output = join(folder, 'output');
  const calls = join(folder, 'calls');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  program(join(folder, 'bin', 'greenroom.cjs'), greenroom);
  program(join(folder, 'bin', 'gh'), `echo "$*" >>"${calls}"\n${gh}`);
  return new Promise((resolve) => {
    const child = execFile(
      join(SCRIPTS, script),
      args,
      {
        cwd,
        env: {
          PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
          GREENROOM: folder,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: output,
          GITHUB_REPOSITORY: 'acme/notes',
          GITHUB_SHA: 'a'.repeat(40),
          ENVIRONMENT: 'production',
          ...env,
        },
      },
      (_error, stdout, stderr) => {
        const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr, written: read(output), calls: read(calls) });
      },
    );
  });
}

function program(path: string, body: string): void {
  writeFileSync(path, `#!/usr/bin/env bash\n${body}\n`);
  chmodSync(path, 0o755);
}

describe('the version of a build', () => {
  test.each([
    ['a tag', { VERSION: 'v1.4.0', GITHUB_REF_NAME: 'v1.4.0' }, 'v1.4.0'],
    ['a branch', { VERSION: '', GITHUB_REF_NAME: 'develop' }, 'v0.0.0-develop.7.2'],
    ['a branch with a slash', { VERSION: '', GITHUB_REF_NAME: 'release/1.4' }, 'v0.0.0-release-1.4.7.2'],
    [
      'a long branch',
      { VERSION: '', GITHUB_REF_NAME: 'release/the-very-long-name-of-it' },
      'v0.0.0-release-the-very-lon.7.2',
    ],
  ])('of %s', async (_what, env, version) => {
    const { code, written } = await run('name-version.sh', { GITHUB_RUN_NUMBER: '7', GITHUB_RUN_ATTEMPT: '2', ...env });
    expect({ code, written }).toEqual({ code: 0, written: `version=${version}\n` });
  });

  test('a tag that is no version is refused with the way out', async () => {
    const { code, output } = await run('name-version.sh', { VERSION: '1.4', GITHUB_REF_NAME: '1.4' });
    expect(code).toBe(1);
    expect(output).toContain('::error::"1.4" is no version of the form vX.Y.Z: tag the commit as v1.2.3');
  });
});

/** Answers as the command line does. */
const answers = (outcome: string | undefined, live: string, code = 0): string => `case "$*" in
  release*) echo v1.1.0-abc; exit ${code};;
  history*--json*) echo '${JSON.stringify({ record: { outcome } })}';;
  history*) echo 'v1.1.0-abc in words';;
  status*) echo '${JSON.stringify({ live: { release: live } })}';;
esac`;
/** Answers as GitHub does: it makes deployment 42, whose state was `before`. */
const github = (before = ''): string => `case "$*" in
  *"--method POST"*statuses*|*statuses*"--method POST"*) exit 0;;
  *statuses*) echo '${before}';;
  *deployments*"--method POST"*) echo 42;;
  *deployments*) printf '42\\tv1.1.0-abc\\n41\\tv1.0.0-xyz\\n';;
esac`;

describe('a release in a job', () => {
  test.each([
    ['that waits for approval leaves its deployment in progress', undefined, 'v1.0.0-xyz', 0, 'in_progress'],
    ['that went live makes its deployment a success', 'released', 'v1.1.0-abc', 0, 'success'],
    ['that failed turns the job red', 'failed', 'v1.0.0-xyz', 3, 'failure'],
  ])('%s', async (_what, outcome, live, code, state) => {
    const ran = await run('release.sh', { VERSION: 'v1.1.0' }, answers(outcome, live, code), github());

    expect(ran.code).toBe(code);
    expect(ran.calls).toContain('repos/acme/notes/deployments --method POST');
    expect(ran.calls).toContain('payload[release]=v1.1.0-abc');
    expect(ran.calls).toContain(`deployments/42/statuses --method POST --silent -f state=${state}`);
    expect(ran.written).toMatch(/### v1\.1\.0 in production\n[^]*v1\.1\.0-abc in words/);
  });

  test('that could not be started is red, and GitHub is told of no deployment', async () => {
    const ran = await run('release.sh', { VERSION: 'v1.1.0' }, 'echo "frozen" >&2; exit 1', github());
    expect(ran).toMatchObject({ code: 1, calls: '', output: expect.stringContaining('frozen') });
  });

  test('is not failed by a GitHub that takes no deployment', async () => {
    const ran = await run('release.sh', { VERSION: 'v1.1.0' }, answers('released', 'v1.1.0-abc'), 'exit 1');
    expect(ran.code).toBe(0);
    expect(ran.output).toContain('::warning::');
  });
});

describe('reconciling', () => {
  test('a revert that no workflow saw makes the deployment inactive and its predecessor a success', async () => {
    const { code, calls } = await run('reconcile.sh', {}, answers('released', 'v1.0.0-xyz'), github('success'));
    expect(code).toBe(0);
    expect(calls).toContain('deployments/42/statuses --method POST --silent -f state=inactive');
    // The other one is a success already.
    expect(calls).not.toContain('deployments/41/statuses --method POST');
  });

  test('a record that cannot be pushed is red, and the deployments are brought up to date all the same', async () => {
    const failing = `case "$*" in record*) exit 1;; esac\n${answers('failed', 'v1.0.0-xyz')}`;
    const { code, calls } = await run('reconcile.sh', {}, failing, github('in_progress'));
    expect(code).toBe(1);
    expect(calls).toContain('deployments/42/statuses --method POST --silent -f state=failure');
  });
});

describe('the difference of the stacks', () => {
  /** A repository whose cloud assembly lies in a folder; what differs is the real CDK CLI's word. */
  function repository(): { readonly folder: string; write(stacks: Readonly<Record<string, object>>): void } {
    const folder = join(root, 'infrastructure');
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    // Of the CDK CLI, whose every start takes a second, only the difference is asked: a synthesis copies.
    const cdk = join(__dirname, '../../node_modules/aws-cdk/bin/cdk');
    program(
      join(folder, 'node_modules', '.bin', 'cdk'),
      `if [ "$1 $2 $3" = 'synth --quiet --output' ]; then cp -R assembly "$4"; else exec '${process.execPath}' '${cdk}' "$@"; fi`,
    );
    writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ notices: false }));
    const write = (stacks: Readonly<Record<string, object>>) => {
      rmSync(join(folder, 'assembly'), { recursive: true, force: true });
      mkdirSync(join(folder, 'assembly'));
      const artifacts = Object.keys(stacks).map((name, index, names) => [
        name,
        {
          type: 'aws:cloudformation:stack',
          environment: 'aws://111111111111/eu-central-1',
          properties: { templateFile: `${name}.template.json` },
          // Each stands on the one before, as ours do.
          dependencies: names.slice(0, index),
        },
      ]);
      const manifest = { version: '36.0.0', artifacts: Object.fromEntries(artifacts) };
      writeFileSync(join(folder, 'assembly', 'manifest.json'), JSON.stringify(manifest));
      for (const [name, Resources] of Object.entries(stacks)) {
        writeFileSync(join(folder, 'assembly', `${name}.template.json`), JSON.stringify({ Resources }));
      }
    };
    return { folder, write };
  }

  test('of a pull request is told stack by stack, by the CDK itself', async () => {
    const { folder, write } = repository();
    const topic = (name: string) => ({ Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: name } } });
    const shape = (port: number) => ({ Shape: { Type: 'Custom::LiveShape', Properties: { port } } });
    write({ network: topic('n'), old: topic('o'), fleet: { ...topic('before'), ...shape(8080) } });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args]);
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'base');
    write({ network: topic('n'), fleet: { ...topic('after'), ...shape(9090) }, fresh: topic('f') });

    const { code, written, output } = await run(
      'difference.sh',
      { BASE: 'HEAD', CDK_DISABLE_CLI_TELEMETRY: 'true' },
      '',
      '',
      [join(root, 'd.md')],
      folder,
    );

    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('rror') });
    expect(written).toMatch(/<summary>fleet<\/summary>[^]*TopicName[^]*before[^]*after[^]*<\/details>/);
    expect(written).toContain('- **fleet**: container name, port or readiness path');
    expect(written).toContain('- **fresh** is new');
    expect(written).toContain('- **old** is gone');
    expect(written).not.toContain('<summary>network</summary>');
    expect(readFileSync(join(root, 'd.md'), 'utf8')).toBe(written);
  });
});
