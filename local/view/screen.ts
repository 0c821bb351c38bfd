import { fold } from './format';

/** Where the program writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REPAINT_MS = 150;

/**
 * Lines that stay, and below them, on a terminal, a few that are painted again and again. Elsewhere there are only the
 * lines that stay.
 */
export class Screen {
  readonly live: boolean;
  private status: () => string[] = () => [];
  /** Lengths of the lines at the bottom. */
  private painted: readonly number[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Writes the question again that somebody is asked. */
  private askAgain: (() => void) | undefined;

  constructor(private readonly output: Output = process.stdout) {
    this.live = output.isTTY === true;
  }

  /** Shows `status` at the bottom from now on; elsewhere than on a terminal it is never asked. */
  show(status: () => string[]): void {
    this.status = status;
    if (!this.live || this.timer) return;
    this.timer = setInterval(() => this.repaint(), REPAINT_MS);
    this.timer.unref();
  }

  /** @param indent of what a terminal is too narrow for, when it goes on in the next line. @default 2 */
  print(text: string, indent = 2): void {
    const lines = this.live ? text.split('\n').map((line) => fold(line, this.columns, indent)) : [text];
    this.output.write(`${this.erase()}${lines.join('\n')}\n${this.paint()}`);
    this.askAgain?.();
  }

  /**
   * Takes the bottom lines away while `ask` uses the terminal. What is printed meanwhile stands above the question, which
   * `askAgain` writes anew.
   */
  async pause<T>(ask: () => Promise<T>, askAgain: () => void): Promise<T> {
    clearInterval(this.timer);
    this.timer = undefined;
    this.output.write(this.erase());
    if (this.live) this.askAgain = askAgain;
    try {
      return await ask();
    } finally {
      this.askAgain = undefined;
      this.show(this.status);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.askAgain = undefined;
    this.output.write(this.erase());
    this.status = () => [];
  }

  private get columns(): number {
    return this.output.columns || 80;
  }

  private repaint(): void {
    this.output.write(`${this.erase()}${this.paint()}`);
  }

  private erase(): string {
    // A window that was made narrower since has broken them.
    const rows = this.painted.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / this.columns)), 0);
    this.painted = [];
    if (this.askAgain) return '\r\x1b[0J';
    return rows === 0 ? '' : `\x1b[${rows}F\x1b[0J`;
  }

  private paint(): string {
    if (!this.live || !this.timer) return '';
    const lines = this.status().map((line) => cut(line, this.columns - 1));
    this.painted = lines.map(({ length }) => length);
    return lines.map((line) => `${line}\n`).join('');
  }
}

/** A line that wraps would be counted as one and leave its rest behind. */
function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
