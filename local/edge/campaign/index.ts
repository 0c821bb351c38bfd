import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ScenarioOptions, ScenarioReport } from './scenario';

export { PLANTED, type Planted, type ScenarioReport } from './scenario';

export interface CampaignOptions {
  readonly scenarios: readonly ScenarioOptions[];
  /** Processes that play scenarios. @default 1 */
  readonly processes?: number;
  /** Scenarios that a process plays at once; most of their time is waiting. @default 3 */
  readonly atOnce?: number;
  /** Told of each scenario as it ends. */
  readonly onReport?: (report: ScenarioReport) => void;
}

/** Plays all scenarios. @returns their reports in the same order. @throws Error with the seed when one cannot be played */
export async function runCampaign(options: CampaignOptions): Promise<ScenarioReport[]> {
  const { scenarios, processes = 1, atOnce = 3, onReport } = options;
  const players = Array.from({ length: processes }, () => new Player());
  const reports: ScenarioReport[] = [];
  const queue = [...scenarios.entries()];
  const work = async (player: Player): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const report = await player.play(...next);
      reports[next[0]] = report;
      onReport?.(report);
    }
  };
  try {
    await Promise.all(players.flatMap((player) => Array.from({ length: atOnce }, () => work(player))));
  } finally {
    for (const player of players) player.end();
  }
  return reports;
}

/** What must be zero is zero, and enough happened for that to mean something. */
export function isClean(report: ScenarioReport): boolean {
  const { failed, crossReleaseHits, crossReleaseAnswers, flips, hits, requests } = report;
  return failed + crossReleaseHits + crossReleaseAnswers + flips === 0 && hits > 0 && requests > 0;
}

/** What a process is asked, and what it answers. */
export interface Asked {
  readonly number: number;
  readonly options: ScenarioOptions;
}
export interface Played {
  readonly number: number;
  readonly report?: ScenarioReport;
  readonly error?: string;
}

/** A process that plays scenarios. */
class Player {
  private readonly child: ChildProcess = fork(join(__dirname, 'player.ts'), [], {
    execArgv: ['--require', require.resolve('tsx/cjs')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  play(number: number, options: ScenarioOptions): Promise<ScenarioReport> {
    const { child } = this;
    // A few for each scenario that it plays.
    child.setMaxListeners(0);
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(new Error(`the scenario with seed ${options.seed} ${reason}`));
      child.on('message', ({ number: played, report, error }: Played) => {
        if (played !== number) return;
        if (report) resolve(report);
        else fail(`could not be played: ${error}`);
      });
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended by ${signal ?? `code ${code}`}`));
      child.send({ number, options } satisfies Asked);
    });
  }

  end(): void {
    if (this.child.connected) this.child.disconnect();
  }
}
