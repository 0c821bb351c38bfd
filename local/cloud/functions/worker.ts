import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

/** What a worker is made of. */
export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** Directory of the bundled code. */
  readonly directory: string;
  /** For example `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memory: number;
  readonly env: Readonly<Record<string, string>>;
}

/** An error as Lambda reports it to who invoked the function. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

interface Answer {
  readonly id?: string;
  readonly result?: string;
  readonly error?: FunctionFailure;
  readonly fatal?: FunctionFailure;
}

/** A function failed: `name` is Lambda's errorType, `message` its errorMessage. */
export class FunctionError extends Error {
  readonly trace: readonly string[];
  constructor({ errorType, errorMessage, trace = [] }: FunctionFailure) {
    super(errorMessage);
    this.name = errorType;
    this.trace = trace;
  }
}

/** One warm runtime of one function. It takes one invocation at a time, as Lambda does it. */
export class FunctionWorker {
  private readonly worker: Worker;
  private pending?: { id: string; resolve(result: unknown): void; reject(error: Error): void };
  private timer?: NodeJS.Timeout;
  private failure?: FunctionFailure;
  /** It ended, by itself or by {@link terminate}: not to be used again. */
  ended = false;

  constructor(
    readonly settings: FunctionSettings,
    edge: { readonly host: string; readonly target: string },
    onLine: (line: string) => void,
  ) {
    const { name: functionName, arn: functionArn, directory, handler, memory } = settings;
    this.worker = new Worker(join(__dirname, 'bootstrap.cjs'), {
      workerData: { functionName, functionArn, directory, handler, memory, edge },
      env: { ...settings.env },
      // Loaders of the parent (tsx) have no business in here.
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.worker.stdout, this.worker.stderr])
      createInterface({ input: stream }).on('line', onLine);
    this.worker.on('message', (answer: Answer) => this.take(answer));
    this.worker.on('error', (error) => (this.failure ??= { errorType: error.name, errorMessage: error.message }));
    this.worker.on('exit', (code) => this.leave(code));
  }

  invoke(payload: unknown, alias?: string): Promise<unknown> {
    if (this.pending || this.ended) throw new Error(`the worker of ${this.settings.name} is not free`);
    const id = randomUUID();
    const ms = this.settings.timeoutSeconds * 1000;
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.pending = { id, resolve, reject };
      this.timer = setTimeout(() => this.timeOut(id), ms);
      this.worker.postMessage({ id, alias, payload: JSON.stringify(payload ?? null), deadline: Date.now() + ms });
    });
  }

  async terminate(): Promise<void> {
    this.ended = true;
    await this.worker.terminate();
  }

  private take({ id, result, error, fatal }: Answer): void {
    if (fatal) this.failure ??= fatal;
    if (id === undefined || id !== this.pending?.id) return;
    const { resolve, reject } = this.settle();
    if (error) reject(new FunctionError(error));
    else resolve(JSON.parse(result ?? 'null'));
  }

  private timeOut(id: string): void {
    const seconds = this.settings.timeoutSeconds.toFixed(2);
    const errorMessage = `RequestId: ${id} Error: Task timed out after ${seconds} seconds`;
    this.settle().reject(new FunctionError({ errorType: 'Sandbox.Timedout', errorMessage }));
    void this.terminate();
  }

  private leave(code: number): void {
    this.ended = true;
    if (!this.pending) return;
    const reason =
      code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
    const errorMessage = `RequestId: ${this.pending.id} Error: ${reason}`;
    this.settle().reject(new FunctionError(this.failure ?? { errorType: 'Runtime.ExitError', errorMessage }));
  }

  private settle() {
    const settled = this.pending!;
    this.pending = undefined;
    clearTimeout(this.timer);
    // An idle worker does not keep the process alive.
    this.worker.unref();
    return settled;
  }
}
