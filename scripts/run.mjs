// Starts `npm start` and `npm test` on a fresh clone: installs what is missing, says so, and goes on with the pinned
// Node.js of node_modules. Plain JavaScript without dependencies, because nothing is installed yet when it begins.
import { spawnSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

const CHECKS = [
  ['format', 'oxfmt', ['--check', '.']],
  ['lint', 'oxlint', ['--report-unused-disable-directives', '--deny-warnings']],
  ['lint of the edge', 'eslint', ['lambda/edge', '--max-warnings', '0']],
  ['types', 'tsc', ['--noEmit', '--singleThreaded', '-p', '.']],
  ['types of the page', 'tsc', ['--noEmit', '--singleThreaded', '-p', 'console']],
];

/** What `run` has started and has not ended. */
const children = new Set();
const [command, ...args] = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node.js 20 or newer is needed, this is ${process.version}.`);
process.chdir(root);
install();
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, CDK_VALIDATION: 'false' };
if (command === 'start') await start();
else if (command === 'test') await test();
else fail(`unknown command "${command ?? ''}": use npm start or npm test.`);

/** Runs `npm ci` unless node_modules already holds what package-lock.json asks for. */
function install() {
  if (installed()) return;
  console.log('Installing the dependencies of package-lock.json (npm ci), once …');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
  if (done.status !== 0) fail('npm ci failed; its reason stands above.');
}

/** Compares the lock file with the one that npm keeps inside node_modules of what it has installed. */
function installed() {
  const inside = join('node_modules', '.package-lock.json');
  if (!existsSync(inside)) return false;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const there = read(inside);
  return Object.entries(read('package-lock.json')).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || optional || devOptional || there[path]?.version === version,
  );
}

async function start() {
  // Not by the program `tsx`: at Ctrl-C that one kills whatever does not answer it within 30 ms, half cleared up.
  const child = spawn('node', ['--import', 'tsx', 'local/main.ts', ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/** Tests and static checks; what a check says is shown when it has ended. */
async function test() {
  workInMemory();
  if (args.length > 0) {
    if (!(await run(['tests', 'jest', args], 'inherit'))) fail('npm test: tests failed.');
    return;
  }
  console.log('npm test: unit and end-to-end tests, and beside them format, lint and types.');
  // Side by side: bundling waits for files, and a good part of the end-to-end tests is waiting.
  const checks = CHECKS.map((check) => run(check, 'pipe'));
  // Once, and before several tests that synthesise at the same time would each do it.
  if (!(await run(['handlers are bundled', 'tsx', ['scripts/bundle-handlers.ts']], 'pipe'))) {
    fail('npm test: a handler cannot be bundled; the reason stands above.');
  }
  const passed = await run(['tests', 'jest', []], 'inherit');
  const checked = await Promise.all(checks);
  if (!passed || checked.includes(false)) fail('npm test: what failed stands above.');
}

/**
 * Has the tests make their databases and templates, tens of thousands of small files that are soon deleted again, in
 * memory where Linux has room for them: ext4 spends most of a test run's system time on finding inodes for such files.
 */
function workInMemory() {
  const memory = '/dev/shm';
  const mount =
    existsSync('/proc/mounts') && readFileSync('/proc/mounts', 'utf8').match(/^tmpfs \/dev\/shm tmpfs (\S+)/m);
  // Tests run programs from their folders too.
  if (!mount || mount[1].split(',').includes('noexec')) return;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < 4 * 2 ** 30) return;
  const folder = mkdtempSync(join(memory, 'greenroom-tests-'));
  // PostgreSQL does not run as root: its own user must come through to its folder.
  chmodSync(folder, 0o711);
  env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  // What was started ends first: it has things to put away.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => children.forEach((child) => child.kill(signal)));
}

/** Runs a program of node_modules. @returns whether it ended well */
function run([name, program, options], stdio) {
  return new Promise((resolve) => {
    const child = spawn(program, options, { stdio: stdio === 'pipe' ? ['ignore', 'pipe', 'pipe'] : 'inherit', env });
    children.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text));
    child.on('error', (error) => fail(`${program} cannot be started: ${error.message}`));
    child.on('close', (code) => {
      children.delete(child);
      if (stdio === 'pipe') console.log(`${code === 0 ? '✓' : '✗'} ${name}: ${program}\n${said}`.trimEnd());
      resolve(code === 0);
    });
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
