// Reads mutated changelogs and stops at the first that crashes the reader or makes it hang, with its seed.
// Run with: npx tsx bench/migrator/fuzz.ts [count=100000] [first seed=0] [--engine postgresql|mysql|mariadb]
import { parseArgs } from 'node:util';
import type { EngineName } from '../../lambda/migrator/engine';
import { readMutated } from '../../test/migrator/mutations';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'postgresql' } },
});
const [count = 100_000, first = 0] = positionals.map(Number);
const engine = values.engine as EngineName;
const started = performance.now();
let valid = 0;
for (let seed = first; seed < first + count; seed++) {
  if (readMutated(seed, engine)) valid++;
  if ((seed - first + 1) % 20_000 === 0) console.log(`${seed - first + 1} read, ${valid} of them changelogs`);
}
const seconds = (performance.now() - started) / 1_000;
console.log(
  `${count} changelogs for ${engine} in ${seconds.toFixed(1)} s: ${valid} read, ${count - valid} refused with file and line, none crashed`,
);
