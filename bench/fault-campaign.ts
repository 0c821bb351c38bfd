/**
 * The fault campaign: every SDK call of every scenario, each with every fault, on all cores.
 *
 *   npm run campaign:faults [-- --only <scenario>] [-- --share <n>]     one run in n, chosen by --seed
 *   npm run campaign:faults -- --replay '<scenario> / <handler>.<operation>.<nth> / <fault>'
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULTS, keyOf, placesOf, type Result, type Run, runOf, runWithFault } from '../test/workflow/campaign/faults';
import { inOrderOf } from '../test/workflow/campaign/order';
import { SCENARIOS } from '../test/workflow/campaign/scenarios';

/** Runs that a process is given at once. */
const BATCH = 100;

interface Answer {
  readonly run: Run;
  readonly result: Result;
}

if (process.send === undefined) void main();
else
  process.on('message', async (runs: readonly Run[]) => {
    // A sweep says which release it could not end: with a fault in it that is what is to be expected.
    console.error = console.warn = () => {};
    const answers: Answer[] = [];
    for (const run of runs) answers.push({ run, result: await runWithFault(run) });
    process.send!(answers);
  });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      replay: { type: 'string' },
      only: { type: 'string' },
      share: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  if (values.replay !== undefined) return replay(values.replay);
  const begun = Date.now();
  const runs: Run[] = [];
  let problems = 0;
  for (const scenario of Object.keys(SCENARIOS).filter((name) => values.only === undefined || name === values.only)) {
    const { places, broken, end } = await placesOf(scenario);
    const { ends = end } = SCENARIOS[scenario]!;
    if (broken.length > 0 || end !== ends) {
      problems++;
      console.log(`✗ ${scenario}, without any fault, ends as ${end}: ${broken.join('; ') || `${ends} was expected`}`);
    }
    for (const place of places) {
      for (const fault of Object.keys(FAULTS) as Run['fault'][]) runs.push({ scenario, place, fault });
    }
  }
  const share = Number(values.share ?? 1);
  const seed = Number(values.seed ?? 1);
  const chosen = inOrderOf(seed, runs).slice(0, Math.ceil(runs.length / share));
  const scenarios = new Set(runs.map(({ scenario }) => scenario)).size;
  const places = runs.length / Object.keys(FAULTS).length;
  console.log(
    `${scenarios} scenarios, ${places} calls, ${Object.keys(FAULTS).length} faults: ${chosen.length} runs, seed ${seed}`,
  );
  const answers = await onAllCores(chosen);
  const failed = answers.filter(({ result }) => result.broken.length > 0);
  for (const { run, result } of failed.slice(0, 200))
    console.log(`✗ ${keyOf(run)}\n    ${result.broken.join('\n    ')}`);
  table(answers);
  const unmet = answers.filter(({ result }) => !result.met);
  const seconds = (Date.now() - begun) / 1000;
  console.log(
    `\n${answers.length} runs in ${seconds.toFixed(0)} s (${Math.round((answers.length / seconds) * 60)} a minute), ` +
      `${unmet.length} whose call did not come, ${failed.length} with a broken promise`,
  );
  for (const { run } of unmet.slice(0, 5)) console.log(`  did not come: ${keyOf(run)}`);
  if (failed.length > 0) console.log(`Replay one: npm run campaign:faults -- --replay '${keyOf(failed[0]!.run)}'`);
  process.exitCode = failed.length + problems > 0 ? 1 : 0;
}

async function replay(key: string): Promise<void> {
  const { broken, end, met } = await runWithFault(runOf(key));
  console.log(`${key}\nended as ${end}${met ? '' : '; the call was not made'}`);
  console.log(broken.length === 0 ? '✓ all promises hold' : broken.map((each) => `✗ ${each}`).join('\n'));
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function onAllCores(runs: readonly Run[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const child = fork(__filename, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const give = () => {
        if (next >= runs.length) return void child.disconnect();
        child.send(runs.slice(next, next + BATCH));
        next += BATCH;
      };
      child.on('message', (found: Answer[]) => {
        answers.push(...found);
        give();
      });
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a process of the campaign ended with ${code}`)),
      );
      give();
    });
  return Promise.all(Array.from({ length: availableParallelism() }, work)).then(() => answers);
}

/** How the releases of the scenarios ended, fault by fault. */
function table(answers: readonly Answer[]): void {
  const ends = [...new Set(answers.map(({ result }) => result.end))].sort();
  const row = (cells: readonly (string | number)[]) =>
    console.log(
      cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(11))).join(''),
    );
  row(['', ...ends, 'broken']);
  for (const fault of Object.keys(FAULTS)) {
    const of = answers.filter(({ run }) => run.fault === fault);
    const count = (end: string) => of.filter(({ result }) => result.end === end).length;
    row([fault, ...ends.map(count), of.filter(({ result }) => result.broken.length > 0).length]);
  }
}
