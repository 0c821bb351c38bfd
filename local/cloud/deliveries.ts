import type { FunctionPool } from './functions/pool';

/** An asynchronous invocation failed, after which it may be tried again; nobody else hears of it. */
export interface Problem {
  /** What invoked the function: a rule's or schedule's name, or `Invoke`. */
  readonly source: string;
  readonly error: Error;
}

export interface DeliveriesOptions {
  readonly functions: Pick<FunctionPool, 'invoke'>;
  readonly speed: number;
  readonly onProblem: (problem: Problem) => void;
}

/** Lambda tries an asynchronous invocation again after one minute, and after two more. */
const RETRY_SECONDS = [60, 120];

/** Asynchronous invocations of functions, as event rules, schedules and `InvocationType: Event` make them. */
export class Deliveries {
  private readonly timers = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(private readonly options: DeliveriesOptions) {}

  /** Resolves when the function has succeeded, or failed for the last time. */
  async deliver(source: string, functionArn: string, payload: unknown): Promise<void> {
    for (const pause of [0, ...RETRY_SECONDS]) {
      if (pause > 0) await new Promise<void>((resolve) => this.after(pause, resolve));
      if (this.closed) return;
      try {
        if (!functionArn.includes(':function:')) throw new Error(`the local mode cannot deliver to ${functionArn}`);
        await this.options.functions.invoke(functionArn, payload);
        return;
      } catch (error) {
        if (!this.closed) this.options.onProblem({ source, error: error as Error });
      }
    }
  }

  /** Calls back after that many seconds of the scaled time; gives back how to call it off. */
  after(seconds: number, callback: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        callback();
      },
      Math.min((1000 * Math.max(0, seconds)) / this.options.speed, 2 ** 31 - 1),
    );
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
      clearTimeout(timer);
    };
  }

  /** Calls back again and again; a call that takes longer than the interval is not overtaken by the next. */
  every(seconds: number, callback: () => Promise<void>): () => void {
    let running = false;
    const tick = async () => {
      if (running) return;
      running = true;
      try {
        await callback();
      } finally {
        running = false;
      }
    };
    const timer = setInterval(() => void tick(), (1000 * seconds) / this.options.speed);
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
      clearInterval(timer);
    };
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
