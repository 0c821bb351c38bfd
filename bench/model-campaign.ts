/**
 * Random sequences of what may happen to an environment, on all cores; a broken promise is shrunk to the shortest
 * sequence that breaks it.
 *
 *   npm run test:campaign [-- --runs 10000] [-- --seed <n>]     the same seed plays the same sequences
 */
import fc from 'fast-check';
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { beginning } from '../test/workflow/campaign/beginning';
import { play, sequence } from '../test/workflow/campaign/model';
import { PRODUCTION } from '../test/workflow/cloud/stage';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, part: { type: 'string' } },
});
const runs = Number(values.runs ?? 10_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

if (values.part === undefined) void main();
else void part(Number(values.part));

async function main(): Promise<void> {
  const parts = availableParallelism();
  console.log(`${runs} sequences of up to 16 steps, up to 5 releases at once; seed ${seed}, ${parts} processes`);
  const begun = Date.now();
  const each = Math.ceil(runs / parts);
  const codes = await Promise.all(
    Array.from({ length: parts }, (_, index) => {
      const child = fork(__filename, ['--part', String(index), '--runs', String(each), '--seed', String(seed + index)]);
      return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
    }),
  );
  const failed = codes.some((code) => code !== 0);
  const seconds = (Date.now() - begun) / 1000;
  console.log(`${failed ? '✗ a promise was broken' : '✓ all promises hold'} (${seconds.toFixed(0)} s)`);
  process.exitCode = failed ? 1 : 0;
}

async function part(index: number): Promise<void> {
  console.error = console.warn = () => {};
  const from = await beginning(PRODUCTION);
  const property = fc.asyncProperty(sequence, async (each) => {
    const broken = await play(each, from);
    if (broken.length > 0) throw new Error(broken.join('\n'));
  });
  const result = await fc.check(property, { numRuns: runs, seed });
  if (!result.failed) return;
  console.log(`✗ process ${index}, seed ${seed}, path ${result.counterexamplePath}`);
  console.log(JSON.stringify(result.counterexample?.[0], null, 1));
  console.log(String((result.errorInstance as Error)?.message));
  process.exitCode = 1;
}
