import { once } from 'node:events';
import type { ErrorName } from '../../lambda/domain/errors';
import type { Load } from '../../local/load';
import { serving } from '../../local/stage/probe';
import { type Broken, openTheatre, type Theatre, type TheatreEvent } from '../../local/theatre';
import { Witness } from './witness';

/** Waiting times are divided by it: fast, but slow enough for the polls of AwaitHealthy to see real processes fail. */
const SPEED = 300;

/** For tests that take seconds on an idle machine: others may be busy on it. */
export const LONG = 180_000;

/** An environment on this machine with v1.0.0 live, viewers on it, and a witness who watches all the time. */
export class Environment {
  /** Failed requests that were part of the play. */
  private intended = 0;

  private constructor(
    readonly theatre: Theatre,
    readonly witness: Witness,
    private readonly load: Load,
  ) {}

  /**
   * Brings v1.0.0 on stage by a release of its own.
   *
   * @param rate requests per second
   */
  static async open(rate: number): Promise<Environment> {
    const theatre = await openTheatre({ speed: SPEED, propagationMs: 300, settleMs: 600 });
    try {
      const witness = new Witness(theatre);
      await theatre.publish('v1.0.0');
      const { release, ended } = theatre.start('v1.0.0');
      await witness.approvalWanted(release);
      await theatre.decide(release, 'approve');
      const result = await ended;
      if (result.outcome !== 'released') throw new Error(`v1.0.0 was not released: ${result.reason ?? result.cause}`);
      return new Environment(theatre, witness, await theatre.startLoad({ rate }));
    } catch (error) {
      await theatre.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.witness.close();
    await this.theatre.close();
  }

  publish(fault?: Broken): Promise<unknown> {
    return this.theatre.publish('v1.1.0', { fault });
  }

  /** Starts a release of v1.1.0 and approves it when it asks. */
  async startApproved(): Promise<ReturnType<Theatre['start']>> {
    const started = this.theatre.start('v1.1.0');
    await this.witness.approvalWanted(started.release);
    await this.theatre.decide(started.release, 'approve');
    return started;
  }

  /** P3: one end, written once; people were told; nobody holds the turn. */
  async expectEnded(release: string, outcome: string): Promise<void> {
    const { ledger } = this.theatre;
    // A stopped execution runs no Catch: the event rule on its end calls recovery a moment later.
    await until(async () => (await ledger.record(release))?.notifiedAt !== undefined);
    expect(await ledger.record(release)).toMatchObject({ outcome, endedAt: expect.anything() });
    expect(this.witness.told(`${release}:end`)).toBeGreaterThanOrEqual(1);
    await until(async () => (await ledger.turn())?.holder === null);
  }

  /** Every one of several viewers gets this version. */
  async expectServing(version: string): Promise<void> {
    expect(await serving(this.theatre.url, 10)).toEqual([version]);
  }

  /** Requests that fail during `play` are not held against the release. @returns how many they were */
  async whileErrorsAreIntended(play: () => Promise<void>): Promise<number> {
    const before = this.load.stats().failed;
    await play();
    await once(this.load, 'tick');
    const failed = this.load.stats().failed - before;
    this.intended += failed;
    return failed;
  }

  /** Requests that v1.1.0 has answered so far. */
  get answersOfNewVersion(): number {
    return this.load.stats().byVersion['v1.1.0'] ?? 0;
  }

  /** Ends the load: nobody else's request failed, and every acknowledged write is there. */
  async expectNothingLost(): Promise<void> {
    const report = await this.load.stop();
    const verification = await this.load.verify();
    expect({ failed: report.failed, failures: this.intended === 0 ? report.failures : [] }).toEqual({
      failed: this.intended,
      failures: [],
    });
    expect(report.requests).toBeGreaterThan(1000);
    expect(verification).toMatchObject({ missing: 0, different: 0, unreadable: 0 });
    expect(verification.verified).toBeGreaterThan(100);
  }
}

/** The end of a release that failed; its reason begins with the name of the error. */
export function failedBy(error: ErrorName): object {
  return { outcome: 'failed', reason: expect.stringMatching(`^${error}: `) };
}

/** Waits for an event. */
export function happens(theatre: Theatre, matches: (event: TheatreEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = theatre.listen((event) => {
      if (!matches(event)) return;
      stop();
      resolve();
    });
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** What has to hold at the end, whatever was played: the witness' findings. */
export function describePromises(environment: () => Environment): void {
  describe('all the while', () => {
    test(
      'no request failed but where a bad version was let through to the alarms, and no write is lost',
      async () => {
        await environment().expectNothingLost();
      },
      LONG,
    );

    test('P1: the live fleet kept its task definition and its size', () => {
      expect(environment().witness.samples).toBeGreaterThan(300);
      expect(environment().witness.liveFleetChanges).toEqual([]);
    });

    test('P2: every route that was written pointed at healthy fleets', () => {
      expect(environment().witness.routes.length).toBeGreaterThan(5);
      expect(environment().witness.unhealthyRoutes).toEqual([]);
    });

    test('P4: every write of the route was one step on from the one before', () => {
      expect(environment().witness.skippedEpochs).toEqual([]);
    });

    test('no call was denied and no schedule failed', () => {
      expect(environment().witness.problems).toEqual([]);
    });
  });
}
