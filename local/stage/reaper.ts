import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * A small process that outlives the theatre by a moment and clears up after it, even after SIGKILL. See reaper-process.mjs.
 */
export class Reaper {
  private readonly child: ChildProcess;

  constructor() {
    this.child = spawn(process.execPath, [join(__dirname, 'reaper-process.mjs')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Out of the terminal's reach: a Ctrl-C must not end it before the theatre.
      detached: true,
    });
    this.child.stdin?.on('error', () => undefined);
    this.child.on('error', () => undefined);
  }

  /** A process that leads its own group started or ended. */
  readonly process = (pid: number, running: boolean): void => this.tell(running ? 'process' : 'ended', String(pid));

  folder(path: string, there: boolean): void {
    this.tell(there ? 'folder' : 'removed', path);
  }

  /** Lets it clear up what is left and waits for its end. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.stdin?.end();
    await gone;
  }

  private tell(word: string, value: string): void {
    this.child.stdin?.write(`${word} ${value}\n`);
  }
}
