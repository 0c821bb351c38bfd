import { randomBytes } from 'node:crypto';
import { act } from './actions';
import { choices } from './choices';
import { type Content, Journal } from './journal';
import type { LoadOptions, LoadReport, LoadStats, Tick, Verification } from './messages';
import { Statistics } from './statistics';
import { verify } from './verify';
import { canHaveOwnAddresses, Viewer } from './viewer';

const TITLES = ['Call the tuner', 'Strings to buy', 'Set list', 'Stage plan', 'Guests tonight', 'Ideas for the encore'];
/** Short enough for an even flow at 500 requests a second, long enough to leave the processor alone between. */
const STEP_MS = 4;

/** Makes load at a rate, from many viewers, until told to stop. */
export class LoadGenerator {
  private readonly statistics = new Statistics();
  private readonly journal = new Journal();
  private readonly order: ReturnType<typeof choices>;
  /** Tells the writes of this run from those of any other on the same database. */
  private readonly run = randomBytes(4).toString('hex');
  private written = 0;
  private underWay = 0;
  /** Requests due and not begun. */
  private due = 0;
  private ranMs = 0;
  private steppedAt = 0;
  private step: NodeJS.Timeout | undefined;
  private readonly ticks: NodeJS.Timeout;
  private whenIdle: (() => void)[] = [];

  private constructor(
    private readonly options: Required<LoadOptions>,
    private readonly viewers: readonly Viewer[],
    private readonly ownAddresses: boolean,
    onTick: (tick: Tick, stats: LoadStats) => void,
  ) {
    this.order = choices(options.seed, options.viewers);
    this.ticks = setInterval(() => onTick(this.statistics.tick(), this.stats()), 1000);
    this.resume();
  }

  /** Begins at once. */
  static async start(
    given: LoadOptions,
    onTick: (tick: Tick, stats: LoadStats) => void = () => {},
  ): Promise<LoadGenerator> {
    const options = { rate: 500, viewers: 48, inFlight: 24, timeoutMs: 10_000, seed: 1, ...given };
    const ownAddresses = await canHaveOwnAddresses(options.url);
    const viewers = Array.from(
      { length: options.viewers },
      (_, number) => new Viewer(options.url, number, options.timeoutMs, ownAddresses),
    );
    return new LoadGenerator(options, viewers, ownAddresses, onTick);
  }

  stats(): LoadStats {
    return this.statistics.stats(Math.round(this.ranMs) / 1000);
  }

  resume(): void {
    if (this.step) return;
    this.steppedAt = performance.now();
    this.step = setInterval(() => this.advance(), STEP_MS);
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async pause(): Promise<void> {
    clearInterval(this.step);
    this.step = undefined;
    this.due = 0;
    if (this.underWay > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  async stop(): Promise<LoadReport> {
    await this.pause();
    clearInterval(this.ticks);
    return { ...this.stats(), viewers: this.viewers.length, ownAddresses: this.ownAddresses };
  }

  /** Reads every note back that was acknowledged. Pauses the load first. */
  async verify(): Promise<Verification> {
    await this.pause();
    return verify(this.journal, this.viewers);
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all(this.viewers.map((viewer) => viewer.close()));
  }

  private advance(): void {
    const now = performance.now();
    const elapsed = now - this.steppedAt;
    this.steppedAt = now;
    this.ranMs += elapsed;
    // What a slow moment left undone is dropped beyond this, or a burst would follow it.
    this.due = Math.min(this.due + (elapsed * this.options.rate) / 1000, this.options.inFlight);
    while (this.due >= 1 && this.underWay < this.options.inFlight) {
      this.due -= 1;
      void this.request();
    }
  }

  private async request(): Promise<void> {
    const choice = this.order.next().value;
    this.underWay += 1;
    const began = performance.now();
    const done = await act(choice, this.viewers[choice.viewer] as Viewer, this.journal, () => this.write());
    const { kind, reply, problem } = done;
    const answer = { color: reply?.color ?? 'none', version: reply?.version ?? null } as const;
    const failure =
      problem === undefined
        ? undefined
        : {
            ...answer,
            at: new Date().toISOString(),
            kind,
            viewer: choice.viewer,
            status: reply?.status ?? null,
            message: problem,
          };
    this.statistics.record({
      ...answer,
      kind,
      ms: performance.now() - began,
      ...(failure === undefined ? {} : { failure }),
    });
    this.underWay -= 1;
    if (this.underWay === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private write(): Content {
    this.written += 1;
    const title = TITLES[this.written % TITLES.length] as string;
    return { title: `${title} ${this.written}`, body: `Written under load, token ${this.run}-${this.written}.` };
  }
}
