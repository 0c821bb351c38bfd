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
  private painted = 0;
  private timer: NodeJS.Timeout | undefined;

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

  print(line = ''): void {
    this.output.write(`${this.erase()}${line}\n${this.paint()}`);
  }

  /** Takes the bottom lines away while `ask` uses the terminal. */
  async pause<T>(ask: () => Promise<T>): Promise<T> {
    clearInterval(this.timer);
    this.timer = undefined;
    this.output.write(this.erase());
    try {
      return await ask();
    } finally {
      this.show(this.status);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.output.write(this.erase());
    this.status = () => [];
  }

  private repaint(): void {
    this.output.write(`${this.erase()}${this.paint()}`);
  }

  private erase(): string {
    const lines = this.painted;
    this.painted = 0;
    return lines === 0 ? '' : `\x1b[${lines}F\x1b[0J`;
  }

  private paint(): string {
    if (!this.live || !this.timer) return '';
    const lines = this.status().map((line) => cut(line, (this.output.columns || 80) - 1));
    this.painted = lines.length;
    return lines.map((line) => `${line}\n`).join('');
  }
}

/** A line that wraps would be counted as one and leave its rest behind. */
function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
