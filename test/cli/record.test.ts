import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudWith, greenroom, type Ran } from './world';

const folder = mkdtempSync(join(tmpdir(), 'greenroom-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();

let repositories = 0;
/** An empty repository at a host, and as many clones of it as are asked for. */
function repository(clones: number): string[] {
  const name = join(folder, `${++repositories}`);
  git(folder, 'init', '--quiet', '--bare', name);
  return Array.from({ length: clones }, (_, index) => {
    git(folder, 'clone', '--quiet', name, `${name}-${index}`);
    return `${name}-${index}`;
  });
}

const ended = (version: string, minute: number, more: object = {}) => ({
  id: `${version}-id`,
  kind: 'release',
  version,
  digest: `sha256:${'a'.repeat(64)}`,
  actor: 'ann',
  startedAt: `2026-11-21T10:0${minute}:00.000Z`,
  endedAt: `2026-11-21T10:0${minute}:30.000Z`,
  notifiedAt: `2026-11-21T10:0${minute}:31.000Z`,
  outcome: 'released',
  reason: 'done',
  ...more,
});
const FREEZE = {
  id: 'act#2026-11-21T10:05:00.000Z#freeze#1',
  at: '2026-11-21T10:05:00.000Z',
  act: 'freeze',
  by: 'ops',
  identity: 'authenticated',
  reason: 'fair\n# not a heading',
  until: '2026-11-22T00:00:00.000Z',
};

function record(clone: string, releases: object[], acts: object[] = [], ...options: string[]): Promise<Ran> {
  const cloud = cloudWith({ history: { releases }, acts: [{ acts }, { acts: [] }] });
  return greenroom(['record', '-e', 'production', '--repository', clone, '--yes', ...options], { cloud });
}

const branchFile = (clone: string, name: string): string => {
  git(clone, 'fetch', '--quiet', 'origin', 'greenroom-record');
  return git(clone, 'show', `FETCH_HEAD:${name}`);
};

test('ended releases and acts are appended once, oldest first, and history is rebuilt from them', async () => {
  const [clone] = repository(1) as [string];
  const releases = [ended('v1.1.0', 2), ended('v1.0.0', 1)];

  const first = await record(clone, releases, [FREEZE]);
  const again = await record(clone, releases, [FREEZE]);
  await record(clone, [ended('v1.2.0', 9, { outcome: 'failed', reason: 'AlarmsRinging: blue-5xx' }), ...releases]);

  expect([first.code, again.code]).toEqual([0, 0]);
  expect(again.err.join('\n')).toContain('complete');
  expect(branchFile(clone, 'production.md').split('\n')).toEqual([
    '# Record of production',
    '',
    '- 2026-11-21 10:01:30 UTC **released** release of v1.0.0 by ann after 30 s (`v1.0.0-id`)',
    '- 2026-11-21 10:02:30 UTC **released** release of v1.1.0 by ann after 30 s (`v1.1.0-id`)',
    '- 2026-11-21 10:05:00 UTC **freeze** by ops, until 2026-11-22T00:00:00.000Z: fair # not a heading',
    '- 2026-11-21 10:09:30 UTC **failed** release of v1.2.0 by ann after 30 s (`v1.2.0-id`): AlarmsRinging: blue-5xx',
  ]);
  const rebuilt = await greenroom(['history', '-e', 'production', '--from-record', clone, '--json']);
  expect(JSON.parse(rebuilt.out.join('\n'))).toMatchObject([
    { id: 'v1.2.0-id', outcome: 'failed', actor: 'ann' },
    { id: 'v1.1.0-id', outcome: 'released', digest: `sha256:${'a'.repeat(64)}` },
    { id: 'v1.0.0-id', outcome: 'released', startedAt: '2026-11-21T10:01:00.000Z' },
  ]);
  expect(git(clone, 'rev-list', '--count', 'FETCH_HEAD')).toBe('2');
});

test('two that record at once both get in, each entry once', async () => {
  const clones = repository(3);

  const ran = await Promise.all(
    clones.map((clone, index) => record(clone, [ended(`v1.${index}.0`, index), ended('v2.0.0', 9)])),
  );

  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0]);
  const ids = branchFile(clones[0] as string, 'production.jsonl')
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
  expect(ids.toSorted()).toEqual(['release#v1.0.0-id', 'release#v1.1.0-id', 'release#v1.2.0-id', 'release#v2.0.0-id']);
});

test('a release that goes on is not recorded, nor what has no place in a record', async () => {
  const [clone] = repository(1) as [string];
  const goesOn = { ...ended('v1.1.0', 3), endedAt: undefined, outcome: undefined };

  await record(
    clone,
    [goesOn, ended('v1.0.0', 1, { token: 'hidden', stop: { reason: 'hidden' } })],
    [{ ...FREEZE, token: 'hidden' }],
  );

  const text = branchFile(clone, 'production.jsonl');
  expect(text.split('\n')).toHaveLength(2);
  expect(text).not.toContain('hidden');
  expect(text).not.toContain('v1.1.0');
});

test('a dry run prints the lines and pushes nothing; the work tree is left as it is', async () => {
  const [clone] = repository(1) as [string];
  writeFileSync(join(clone, 'mine.txt'), 'unfinished');

  const { code, out } = await record(clone, [ended('v1.0.0', 1)], [], '--dry-run');
  const pushed = git(clone, 'ls-remote', 'origin');
  const wrote = await record(clone, [ended('v1.0.0', 1)]);

  expect({ code, out, pushed }).toEqual({ code: 0, out: [expect.stringContaining('release of v1.0.0')], pushed: '' });
  expect(wrote.code).toBe(0);
  expect(git(clone, 'ls-remote', 'origin')).toContain('refs/heads/greenroom-record');
  expect(git(clone, 'status', '--porcelain')).toBe('?? mine.txt');
});

test('a folder that is not there is told as such', async () => {
  const { code, err } = await record('/nowhere/at/all', [ended('v1.0.0', 1)]);

  expect({ code, err }).toEqual({
    code: 1,
    err: ['greenroom: git ls-remote: the folder /nowhere/at/all does not exist'],
  });
});

test('a remote that cannot be reached is told without the token in its address', async () => {
  const [clone] = repository(1) as [string];
  git(clone, 'remote', 'set-url', 'origin', 'https://x-access-token:hidden@127.0.0.1:1/none.git');

  const { code, err } = await record(clone, [ended('v1.0.0', 1)]);

  expect(code).toBe(1);
  expect(err.join('\n')).toMatch(/git ls-remote/);
  expect(err.join('\n')).not.toContain('hidden');
});
