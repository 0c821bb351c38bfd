import { App, Stack } from 'aws-cdk-lib';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { releaseCachePolicy } from '../../../lib/constructs/edge-policies';
import { type CachePolicy, cachePolicyOf } from '../cache';
import type { ScenarioOptions, ScenarioReport } from './scenario';

export { PLANTED, type Planted, type ScenarioReport } from './scenario';

export interface CampaignOptions extends Omit<ScenarioOptions, 'seed' | 'cachePolicy'> {
  readonly seeds: readonly number[];
  /** Scenarios at once; most of their time is waiting. @default 4 */
  readonly atOnce?: number;
  /** Told of each scenario as it ends. */
  readonly onReport?: (report: ScenarioReport) => void;
}

/** Plays the scenario with each seed, each in a process of its own. @throws Error with the seed when one cannot be played */
export async function runCampaign(options: CampaignOptions): Promise<ScenarioReport[]> {
  const { seeds, atOnce = 4, onReport, ...rest } = options;
  const cachePolicy = deployedCachePolicy();
  const waiting = [...seeds];
  const reports: ScenarioReport[] = [];
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const report = await playApart({ ...rest, seed, cachePolicy });
      reports.push(report);
      onReport?.(report);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return reports;
}

/** What must be zero is zero, and enough happened for that to mean something. */
export function isClean(report: ScenarioReport): boolean {
  const { failed, crossReleaseHits, crossReleaseAnswers, flips, hits, requests } = report;
  return failed + crossReleaseHits + crossReleaseAnswers + flips === 0 && hits > 0 && requests > 0;
}

/** The cache policy as the edge stack writes it. */
function deployedCachePolicy(): CachePolicy {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'campaign');
  releaseCachePolicy(stack, 'campaign');
  const { Resources } = app.synth({ skipValidation: true }).getStackByName('campaign').template;
  const policy = Object.values<{ Type: string; Properties: { CachePolicyConfig: object } }>(Resources).find(
    ({ Type }) => Type === 'AWS::CloudFront::CachePolicy',
  );
  if (!policy) throw new Error('the edge stack makes no cache policy');
  return cachePolicyOf(policy.Properties.CachePolicyConfig);
}

function playApart(options: ScenarioOptions): Promise<ScenarioReport> {
  const child = fork(join(__dirname, 'worker.ts'), [], {
    execArgv: ['--require', require.resolve('tsx/cjs')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(`the scenario with seed ${options.seed} ${reason}`));
    child.once('message', ({ report, error }: { report?: ScenarioReport; error?: string }) =>
      report ? resolve(report) : fail(`could not be played: ${error}`),
    );
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended by ${signal ?? `code ${code}`}`));
    child.send(options);
  });
}
