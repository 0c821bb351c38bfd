import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const LONG = 60_000;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs `npm start` with these arguments, without npm. `onOutput` gets the process to send it signals. */
function start(
  args: readonly string[],
  temporary = tmpdir(),
  onOutput?: (text: string, pid: number) => void,
): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', join(ROOT, 'local/main.ts'), ...args],
      { cwd: ROOT, env: { ...process.env, TMPDIR: temporary } },
      (_error, stdout, stderr) => done({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
    child.stdout?.on('data', (text: string) => onOutput?.(text, child.pid as number));
  });
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

  test.each([
    ['SIGINT', 'at the very beginning', 'greenroom: production'],
    ['SIGTERM', 'in the middle of the start', 'PostgreSQL'],
  ] as const)(
    '%s %s leaves no file and no process',
    async (signal, _when, line) => {
      const temporary = mkdtempSync(join(tmpdir(), 'greenroom-main-'));
      // As root, PostgreSQL runs as another user, who must come through.
      chmodSync(temporary, 0o711);
      let sent = false;

      const { code } = await start(['--yes'], temporary, (text, pid) => {
        if (sent || !text.includes(line)) return;
        sent = true;
        process.kill(pid, signal);
      });

      expect(sent).toBe(true);
      expect(code).toBe(130);
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
