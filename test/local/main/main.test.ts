import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const LONG = 60_000;
const STOPPED = /interrupted: everything is being stopped\n$/;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs `npm start` with these arguments, without npm. The process leads a group of its own. */
function start(
  args: readonly string[],
  temporary = tmpdir(),
  onOutput?: (text: string, child: ChildProcess) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'local/main.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  child.stdout.on('data', (text: Buffer) => onOutput?.(text.toString(), child));
  return new Promise((done) => child.on('close', (code) => done({ code: code ?? -1, output })));
}

describe('npm start', () => {
  test.each([
    [
      ['--yes', '--broken', 'nothing'],
      /--broken.*Allowed choices are health, smoke, migration, scan, errors-after-cutover/,
    ],
    [['--yes', '--port', '99999'], /--port.*whole number from 1 to 65535/],
    [['--yes', '--version-tag', '1.1'], /--version-tag.*like v1\.1\.0/],
    [['--yes', '--version-tag', 'v9.9.9'], /--version-tag.*v1\.0\.0 and v1\.1\.0/],
    [['--yes', '--nothing'], /unknown option '--nothing'/],
    [[], /asks for an approval.*add --yes/],
  ])(
    '%j is one clear line and exit code 2',
    async (args, message) => {
      const { code, output } = await start(args);

      expect(code).toBe(2);
      expect(output.trimEnd().split('\n')).toHaveLength(1);
      expect(output).toMatch(message);
    },
    LONG,
  );

  test.each(['--port', '--console-port'])(
    'a %s in use is told at once, before anything is started',
    async (option) => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { port } = server.address() as AddressInfo;

      const { code, output } = await start(['--yes', option, String(port)]);
      server.close();

      expect(code).toBe(1);
      expect(output).toBe(
        `npm start: port ${port} on 127.0.0.1 cannot be used (EADDRINUSE); choose another with ${option}, or leave it out to get a free one\n`,
      );
    },
    LONG,
  );

  /** As a terminal sends it: to everybody. */
  const signal = (name: NodeJS.Signals) => (child: ChildProcess) => process.kill(-(child.pid as number), name);

  test.each<[what: string, when: string, act: (child: ChildProcess) => void, line: string, last: RegExp]>([
    ['Ctrl-C', 'in the middle of the start', signal('SIGINT'), 'PostgreSQL', STOPPED],
    ['SIGTERM', 'at the very beginning', signal('SIGTERM'), 'greenroom: production', STOPPED],
    ['a reader that leaves', 'at the very beginning', ({ stdout }) => stdout?.destroy(), 'greenroom: production', /^/],
  ])(
    '%s %s leaves no file and no process',
    async (_what, _when, act, line, last) => {
      const temporary = mkdtempSync(join(tmpdir(), 'greenroom-main-'));
      // As root, PostgreSQL runs as another user, who must come through.
      chmodSync(temporary, 0o711);
      let sent = false;

      const { code, output } = await start(['--yes'], temporary, (text, child) => {
        if (sent || !text.includes(line)) return;
        sent = true;
        act(child);
      });

      expect(sent).toBe(true);
      expect(code).toBe(130);
      expect(output).toMatch(last);
      expect(output).not.toMatch(/ {4}at |✗/);
      // tsx keeps what it compiled there, for the next run.
      expect(readdirSync(temporary).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
      expect(commandsThatMention(temporary)).toEqual([]);
      rmSync(temporary, { recursive: true });
    },
    LONG,
  );
});

/** Command lines of running processes; empty where the system does not show them in /proc. */
function commandsThatMention(text: string): string[] {
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids.map(commandOf).filter((command) => command.includes(text));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
