import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Terminal } from '@xterm/headless';

const ROOT = join(__dirname, '..', '..');
/** util-linux's program that gives another one a terminal. */
const SCRIPT = '/usr/bin/script';
const PROMPT = '$ ';
const ENTER = '\r';
export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** Whether people can be played here: what `script` takes differs between systems. In CI its absence is an error. */
export function hasTerminals(): boolean {
  const found = process.platform === 'linux' && existsSync(SCRIPT);
  if (!found && process.env.GREENROOM_CI === '1') {
    throw new Error(`${SCRIPT} of util-linux is missing; install it: apt-get install -y bsdutils`);
  }
  return found;
}

export interface Window {
  /** @default 100 */
  readonly columns?: number;
  /** @default 30 */
  readonly rows?: number;
  /** @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** Told of everything that the terminal gets, for a recording. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Somebody at a shell in a real terminal: types, and reads what an emulator makes of what comes back. `greenroom` is the
 * program of this clone.
 */
export class Person {
  readonly terminal: Terminal;
  /** The line, counted from the first one ever, below which everything is news. */
  private since = 0;
  private changed: () => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    { columns = 100, rows = 30, onOutput }: Window,
  ) {
    this.terminal = new Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      onOutput?.(text);
      this.terminal.write(text, () => this.changed());
    });
  }

  static async sitDown(window: Window = {}): Promise<Person> {
    const { columns = 100, rows = 30, env = {} } = window;
    const program = `'${process.execPath}' '${join(ROOT, 'bin', 'greenroom.cjs')}'`;
    const shell = `stty cols ${columns} rows ${rows}; greenroom() { ${program} "$@"; }; export -f greenroom; exec env PS1='${PROMPT}' bash --norc --noprofile`;
    const child = spawn(SCRIPT, ['--quiet', '--flush', '--return', '--command', shell, '/dev/null'], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...withoutCi(process.env), SHELL: '/bin/bash', TERM: 'xterm-256color', ...env },
    });
    const person = new Person(child, window);
    await person.reads(PROMPT.trim());
    return person;
  }

  /** Types a command and Enter; what is read from now on is what comes after it. */
  type(text: string): void {
    this.since = this.lastLine;
    this.press(text + ENTER);
  }

  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** Waits for something to stand on the screen below the command. @throws Error with the screen after half a minute */
  async reads(wanted: string | RegExp): Promise<RegExpMatchArray> {
    const pattern = typeof wanted === 'string' ? new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')) : wanted;
    const deadline = Date.now() + 30_000;
    for (;;) {
      const found = pattern.exec(this.news.join('\n'));
      if (found !== null) return found;
      if (Date.now() > deadline) throw new Error(`"${wanted}" did not come up; there is:\n${this.screen.join('\n')}`);
      await Promise.race([new Promise<void>((resolve) => (this.changed = resolve)), pause(200)]);
    }
  }

  /** Waits until the command has ended. @returns what it printed, line by line */
  async done(): Promise<string[]> {
    const deadline = Date.now() + 60_000;
    while (!this.waitsForCommand) {
      if (Date.now() > deadline) throw new Error(`the command goes on; there is:\n${this.screen.join('\n')}`);
      await Promise.race([new Promise<void>((resolve) => (this.changed = resolve)), pause(200)]);
    }
    return this.news.slice(1, -1);
  }

  /** Types a command and waits for its end. */
  run(command: string): Promise<string[]> {
    this.type(command);
    return this.done();
  }

  /** The exit code of the command before. */
  async exitCode(): Promise<number> {
    return Number((await this.run('echo $?'))[0]);
  }

  /** What the window shows, without blanks at the ends of lines. */
  get screen(): string[] {
    const { active } = this.terminal.buffer;
    return this.lines(active.baseY, active.baseY + this.terminal.rows);
  }

  /** Number of the line of the cursor, from the first one ever. */
  get lastLine(): number {
    const { active } = this.terminal.buffer;
    return active.baseY + active.cursorY;
  }

  /** All lines to that of the cursor, as the window broke them. */
  get everything(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: this.lastLine + 1 },
      (_, index) => active.getLine(index)?.translateToString(true) ?? '',
    );
  }

  async leave(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.press(CTRL_C);
    // At Ctrl-C the terminal forgets what was typed and not yet read.
    await pause(200);
    this.press(`exit${ENTER}`);
    await gone;
    this.terminal.dispose();
  }

  /** Everything since the command was typed, itself included, to the line of the cursor. */
  private get news(): string[] {
    return this.lines(this.since, this.lastLine + 1);
  }

  private get waitsForCommand(): boolean {
    const { active } = this.terminal.buffer;
    return (
      this.lastLine > this.since &&
      this.lines(this.lastLine, this.lastLine + 1)[0] === PROMPT.trim() &&
      active.cursorX === PROMPT.length
    );
  }

  /** Lines of the buffer; what the terminal had to wrap is one line again. */
  private lines(from: number, to: number): string[] {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let index = from; index < to; index += 1) {
      const line = active.getLine(index);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped && lines.length > 0) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    return lines.map((text) => text.trimEnd());
  }
}

/** A person's terminal says nothing of a CI that the test may run in. */
function withoutCi(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(CI$|GITHUB_|NO_COLOR|FORCE_COLOR)/.test(name)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
