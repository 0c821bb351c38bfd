import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { VERB_NAMES, verbOf } from '../../cli/verbs';
import { greenroom } from './world';

const root = join(__dirname, '../..');
const program = join(root, 'bin/greenroom.cjs');
const run = (args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: root });

test('greenroom --help names every verb and the exit codes, on stdout', () => {
  const { status, stdout, stderr } = run(['--help']);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  for (const name of VERB_NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(stdout).toContain('Exit codes: 0');
  expect(stdout).toContain('is a claim');
});

test.each(VERB_NAMES.map(verbOf).map(({ name, changes, reads }) => [name, changes, reads] as const))(
  'greenroom %s --help tells the options that all verbs of its kind have',
  async (name, changes, reads) => {
    const { code, out } = await greenroom([name, '--help']);

    const stdout = out.join('\n');
    expect(code).toBe(0);
    for (const option of ['--environment', '--region', '--local']) expect(stdout).toContain(option);
    expect([stdout.includes('--yes'), stdout.includes('--by')]).toEqual([!!changes, !!changes]);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    if (reads) expect(stdout).toContain('--json');
  },
);

test('help loads neither AWS clients nor the configuration: it is there at once', () => {
  const script = `process.on('exit', () => {
    const heavy = Object.keys(require.cache).filter((file) => /@aws-sdk|@smithy|zod|yaml|lib.config.load/.test(file));
    process.stderr.write(heavy.join('\\n'));
  });
  process.argv = [process.argv[0], 'greenroom', '--help'];
  require(${JSON.stringify(program)});`;

  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: root });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Usage: greenroom');
});

test.each<[string[], number, RegExp]>([
  [['help', 'approve'], 0, /^Usage: greenroom approve/],
  [['--version'], 0, /^\d+\.\d+\.\d+$/],
  [['approve'], 2, /missing required argument 'release'\nSee: greenroom approve --help$/],
  [
    ['approve', 'v 1'],
    2,
    /^greenroom: "v 1" is no release\. A release id looks like .*\nSee: greenroom approve --help$/,
  ],
  [['release', 'v1.1.0+7'], 2, /^greenroom: "v1\.1\.0\+7" is no version\. .*no image tag holds a "\+"\.\n/],
  [['reject', '--help'], 0, /--reason <text> +why; recorded; required$/m],
  [['help', 'relase'], 2, /^greenroom: unknown command 'relase'\n\(Did you mean release\?\)/],
  [['relase'], 2, /Did you mean release\?\)\nSee: greenroom --help$/],
])('%j says what to do next', async (args, wanted, words) => {
  const { code, out, err } = await greenroom(args);

  expect(code).toBe(wanted);
  expect([...out, ...err].join('\n')).toMatch(words);
});

test('a verb is in the file of its name', () => {
  for (const name of VERB_NAMES) expect(verbOf(name)?.name).toBe(name);
});

test('a wrong use ends the process with code 2 and nothing on stdout', () => {
  const { status, stdout, stderr } = run(['revert', '--reason', 'x', '-e', 'production']);

  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    'greenroom: this changes something, and there is no terminal to ask in: add --yes. Nothing was done\n',
  );
});
