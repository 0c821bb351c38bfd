import timers from 'node:timers/promises';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Time that passes only when everybody sleeps: pauses cost nothing, and what happens first is decided, not raced. */
export class VirtualClock {
  private now: number;
  /** By time, and those of one moment in the order in which they lay down. */
  private readonly sleepers: Sleeper[] = [];

  constructor(start: string) {
    this.now = Date.parse(start);
  }

  /** Goes on at another moment, before anybody sleeps. */
  set(now: number): void {
    this.now = now;
  }

  read(): number {
    return this.now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.wakeAt(ms, wake));
  }

  /** @returns the way to call it off. */
  wakeAt(ms: number, wake: () => void): () => void {
    const sleeper: Sleeper = { at: this.now + ms, wake };
    let index = this.sleepers.length;
    while (index > 0 && this.sleepers[index - 1]!.at > sleeper.at) index--;
    this.sleepers.splice(index, 0, sleeper);
    return () => {
      const found = this.sleepers.indexOf(sleeper);
      if (found >= 0) this.sleepers.splice(found, 1);
    };
  }

  /** Lets time pass until `done` holds, nobody sleeps any more, or `forMs` is over. @returns whether `done` holds. */
  async pass(done: () => boolean, forMs = 40 * 24 * 3_600_000): Promise<boolean> {
    const end = this.now + forMs;
    for (;;) {
      await settled();
      if (done()) return true;
      const next = this.sleepers[0];
      if (next === undefined || next.at > end) return false;
      this.sleepers.shift();
      this.now = next.at;
      next.wake();
    }
  }

  /** Puts this clock in the place of the process's own for `Date` and for `timers/promises`. @returns the way back. */
  install(): () => void {
    const { setTimeout: realSleep } = timers;
    const RealDate = globalThis.Date;
    const read = () => this.now;
    class ClockDate extends RealDate {
      constructor(...parts: unknown[]) {
        super(...((parts.length === 0 ? [read()] : parts) as []));
      }
      static override now = read;
    }
    globalThis.Date = ClockDate as DateConstructor;
    timers.setTimeout = ((ms: number) => this.sleep(ms)) as typeof realSleep;
    return () => {
      globalThis.Date = RealDate;
      timers.setTimeout = realSleep;
    };
  }
}

/** Everything that can go on without time passing has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
