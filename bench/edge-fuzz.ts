// Odd requests through the edge function: `tsx bench/edge-fuzz.ts [requests] [seed]`.
import { freshSeed, fuzz } from '../test/edge/fuzz';

async function main(): Promise<void> {
  const [requests = 1_000_000, seed = freshSeed()] = process.argv.slice(2).map(Number);
  console.log(`${requests.toLocaleString('en')} odd requests, seed ${seed}`);
  const started = Date.now();
  const { origins, answers } = await fuzz({ requests, seed });
  const answered = Object.entries(answers).map(([status, count]) => `${count.toLocaleString('en')} × ${status}`);
  console.log(`no throw, no wrong color in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  console.log(`${origins.toLocaleString('en')} to an origin, answered at the edge: ${answered.join(', ')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
