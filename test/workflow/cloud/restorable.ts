import type { FakeInstance } from './instances';
import { World } from './world';

/** The restore that {@link Restorable} starts. */
export const NAME = 'restore-1';
export const HOUR = 3_600_000;

/** An environment with a release of an hour ago, whose database can be restored. */
export class Restorable {
  readonly world = new World();
  /** The application's database, before anything was restored. */
  old!: FakeInstance;
  /** Ten minutes ago. */
  time!: string;

  static async open(): Promise<Restorable> {
    const on = new Restorable();
    await on.world.releaseFully('v1.0.0');
    await on.world.rest(HOUR);
    on.time = new Date(on.world.clock.read() - 10 * 60_000).toISOString();
    on.old = on.world.instances.find('database')!;
    return on;
  }

  start(more: object = {}, source: object = { time: this.time }): void {
    this.world.executions.start(NAME, { source, actor: 'oscar', reason: 'rows are gone', ...more });
  }

  /** Starts a restore that QA approves, and waits until it stands at a state. */
  async until(state: string): Promise<void> {
    this.start();
    await this.world.until(NAME, 'AwaitRestoreApproval');
    await this.world.approve(NAME);
    await this.world.until(NAME, state);
  }

  /** Starts a restore, lets QA approve it, and waits for its end. */
  async restore(more: object = {}, source?: object): Promise<void> {
    this.start(more, source);
    await this.world.until(NAME, 'AwaitRestoreApproval');
    await this.world.approve(NAME);
    await this.world.rest(3 * HOUR);
  }

  event(name: string) {
    return this.world.ledger.read(`events#${NAME}`, `event#${name}`);
  }
}
