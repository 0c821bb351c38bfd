import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The world that a verb talks to, apart from AWS. Tests bring their own. */
export interface Terminal {
  /** A line of data, to stdout. */
  out(line: string): void;
  /** A line of diagnostics, to stderr. */
  err(line: string): void;
  /** Shows one line that the next one replaces; undefined removes it. Does nothing where no person looks on. */
  live(line: string | undefined): void;
  /** Width of the window that data is read in; undefined where it goes elsewhere. */
  readonly columns?: number;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** Asks a question on stderr. */
  ask(question: string): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** @throws the signal's reason when it is aborted meanwhile */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back at Ctrl-C, once. @returns what takes the call back. */
  onInterrupt(call: () => void): () => void;
}

const CLEAR_LINE = '\r\u001b[2K';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  // `greenroom history | head` closes the pipe early: that is no fault.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    stderr.write(`greenroom: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // Nobody reads diagnostics any more: what is under way is done all the same.
  stderr.on('error', () => undefined);
  return {
    out: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    err: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    live: (line) => {
      if (!stderr.isTTY || process.env.TERM === 'dumb') return;
      clear();
      if (line === undefined) return;
      // A line that wraps could not be cleared again.
      stderr.write(line.slice(0, (stderr.columns || 80) - 1));
      shown = true;
    },
    columns: stdout.isTTY ? stdout.columns : undefined,
    interactive: Boolean(stdin.isTTY && stderr.isTTY),
    ask: async (question) => {
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        // Ctrl-C and Ctrl-D while being asked mean no.
        const closed = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)));
        const answer = await Promise.race([reader.question(question), closed]);
        if (answer === undefined) stderr.write('\n');
        return answer ?? '';
      } finally {
        reader.close();
      }
    },
    env: process.env,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    onInterrupt: (call) => {
      process.once('SIGINT', call);
      return () => process.removeListener('SIGINT', call);
    },
  };
}
