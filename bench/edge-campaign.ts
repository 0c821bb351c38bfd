// Cutover, revert, reuse of a color and withdrawal under load, with edge locations that follow late and unevenly:
// `npm run campaign:edge`. Ends with 1 when a request failed or an answer belonged to another release.
import { Command, InvalidArgumentError, Option } from 'commander';
import { isClean, type Planted, PLANTED, runCampaign, type ScenarioReport } from '../local/edge/campaign';

interface Options {
  readonly runs: number;
  readonly seed?: number;
  readonly locations: number;
  readonly lateMs: number;
  readonly viewers: number;
  readonly pauseMs: number;
  readonly processes: number;
  readonly atOnce: number;
  readonly planted?: Planted;
}

const whole = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
};

const options = new Command('npm run campaign:edge --')
  .option('--runs <number>', 'how many seeds', whole, 50)
  .option('--seed <number>', 'the first seed (default: another one each time)', whole)
  .option('--locations <number>', 'edge locations', whole, 20)
  .option('--late-ms <ms>', 'longest time until a location sees a write', whole, 5_000)
  .option('--viewers <number>', 'viewers of each run', whole, 60)
  .option('--pause-ms <ms>', "mean pause between a viewer's requests", whole, 1_000)
  .option('--processes <number>', 'processes that play runs', whole, 2)
  .option('--at-once <number>', 'runs at once in each process', whole, 3)
  .addOption(new Option('--planted <fault>', 'plant a fault, to see that it is found').choices(PLANTED))
  .parse()
  .opts<Options>();

function tell({
  seed,
  requests,
  hits,
  failovers,
  locationsSeen,
  stoodStillMs,
  samples,
  ...counts
}: ScenarioReport): void {
  const { failed, crossReleaseHits, crossReleaseAnswers, flips } = counts;
  console.log(
    `seed ${seed}: ${requests} requests at ${locationsSeen} locations, ${failed} failed; ${hits} cache hits, ` +
      `${crossReleaseHits} cross-release; ${crossReleaseAnswers} answers of another release; ` +
      `${failovers} assets from the other color; ${flips} viewers taken back; stood still for ${stoodStillMs} ms`,
  );
  for (const sample of samples) console.log(`  ${sample}`);
}

async function main(): Promise<void> {
  const first = options.seed ?? Math.floor(Math.random() * 1_000_000);
  const { runs, locations, lateMs } = options;
  const scenarios = Array.from({ length: runs }, (_, run) => ({ ...options, seed: first + run }));
  console.log(
    `${runs} runs, seeds ${first} to ${first + runs - 1}; ${locations} locations, each 0 to ${lateMs} ms late`,
  );
  const started = Date.now();
  const reports = await runCampaign({ ...options, scenarios, onReport: tell });
  const sum = (of: (report: ScenarioReport) => number): number => reports.reduce((total, each) => total + of(each), 0);
  const clean = reports.filter(isClean).length;
  console.log(
    `${clean} of ${runs} runs clean in ${Math.round((Date.now() - started) / 1000)} s: ${sum((r) => r.requests)} requests, ` +
      `${sum((r) => r.failed)} failed; ${sum((r) => r.hits)} cache hits, ${sum((r) => r.crossReleaseHits)} cross-release`,
  );
  if (clean < runs) process.exitCode = 1;
}

void main();
