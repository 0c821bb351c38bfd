import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { delimiter, dirname } from 'node:path';

/** How a task's process ended. */
export interface Exit {
  /** As ECS reports it: 128 + signal number for a process killed by a signal. */
  readonly code: number;
  readonly error?: Error;
}

export interface TaskProcessOptions {
  /** File that Node.js runs. */
  readonly entry: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onExit: (exit: Exit) => void;
}

/**
 * The real process behind a task. It leads a process group of its own: a Ctrl-C in the terminal reaches the theatre
 * only, which then ends the tasks in order.
 */
export class TaskProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private gone = false;

  constructor(options: TaskProcessOptions) {
    this.child = spawn(process.execPath, [options.entry], {
      cwd: options.cwd,
      // Nothing of the theatre's own environment reaches the application: a container has its image's PATH only.
      env: { PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', options.onLine);
    }
    this.ended = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        if (this.gone) return;
        this.gone = true;
        options.onExit(exit);
        resolve();
      };
      this.child.once('error', (error) => end({ code: 127, error }));
      // `close` and not `exit`: the last lines, which say why it ended, have been read by then.
      this.child.once('close', (code, signal) => end({ code: code ?? exitCodeOf(signal) }));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** SIGTERM, then SIGKILL after `timeoutMs`; resolves when the process has ended. */
  async stop(timeoutMs: number): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), timeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** SIGKILL to the whole group, as when a container's memory limit is hit. */
  kill(): void {
    this.signal('SIGKILL');
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.gone || this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGKILL: 9, SIGTERM: 15, SIGSEGV: 11, SIGABRT: 6 };

function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + ((signal && SIGNAL_NUMBERS[signal]) ?? 0);
}
