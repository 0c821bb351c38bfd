import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Command, LoadOptions, LoadReport, LoadStats, Message, Tick, Verification } from './messages';
import { Statistics } from './statistics';

/**
 * Load on the application through the edge, made by a process of its own.
 *
 * Events: `tick` (Tick) each second, `failed` (Error) when the process ended by itself.
 *
 * @example
 * const load = await startLoad({ url: 'http://127.0.0.1:8080', rate: 500 });
 * load.on('tick', ({ second, blue, green, failed }) => …);
 * const report = await load.stop();
 * const verification = await load.verify();
 * await load.close();
 */
export class Load extends EventEmitter<{ tick: [Tick, LoadStats]; failed: [Error] }> {
  private latest: LoadStats = new Statistics().stats(0);
  private lastId = 0;
  private ended: Error | undefined;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  /** Use {@link startLoad}. */
  constructor(private readonly child: ChildProcess) {
    super();
    child.on('message', (message: Message) => this.receive(message));
    child.on('exit', (code, signal) => this.fail(new Error(`the load's process ended by ${signal ?? `code ${code}`}`)));
    child.on('error', (error) => this.fail(error));
  }

  /** As of the last tick. */
  stats(): LoadStats {
    return this.latest;
  }

  /** Begins no more requests; resolves when those under way have ended. */
  async pause(): Promise<void> {
    await this.ask({ name: 'pause' });
  }

  async resume(): Promise<void> {
    await this.ask({ name: 'resume' });
  }

  /** Ends the load, waiting for what is under way. The notes can be verified afterwards. */
  async stop(): Promise<LoadReport> {
    const report = (await this.ask({ name: 'stop' })) as LoadReport;
    this.latest = report;
    return report;
  }

  /** Reads every acknowledged note back through the edge; pauses the load first. */
  async verify(): Promise<Verification> {
    return (await this.ask({ name: 'verify' })) as Verification;
  }

  /** Ends the process, at once and in any state. Safe to call again. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.ended ??= new Error('the load was closed');
    const gone = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    else this.child.kill();
    await gone;
  }

  /** Sends a command and waits for its answer. @internal */
  ask(
    command: { name: 'start'; options: LoadOptions } | { name: 'pause' | 'resume' | 'stop' | 'verify' },
  ): Promise<unknown> {
    if (this.ended) return Promise.reject(this.ended);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ ...command, id } satisfies Command);
    });
  }

  private receive(message: Message): void {
    if (message.type === 'tick') {
      this.latest = message.stats;
      this.emit('tick', message.tick, message.stats);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.error));
  }

  private fail(error: Error): void {
    const expected = this.ended !== undefined;
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
    if (!expected) this.emit('failed', error);
  }
}

/** Starts the load's process and the load. @throws Error when the process cannot start */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const child = fork(join(__dirname, 'worker.ts'), [], {
    execArgv: ['--require', require.resolve('tsx/cjs')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const load = new Load(child);
  try {
    await load.ask({ name: 'start', options });
  } catch (error) {
    await load.close();
    throw error;
  }
  return load;
}
