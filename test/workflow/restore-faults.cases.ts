import { inOrderOf } from './campaign/order';
import type { Call } from './cloud/door';
import { callsOfRestore, FAULTS, type RestoreFault, restoreWith } from './cloud/restore-campaign';

/** All of them: `npm run campaign:restore`. Here a share of them, another with another seed. */
const SHARE = Number(process.env.RESTORE_FAULTS ?? 40);
const SEED = Number(process.env.RESTORE_SEED ?? 1);

test('whatever goes wrong at a call of a restore: the database is the old one, whole, or the new one, checked', async () => {
  const calls = await callsOfRestore();
  const cases = calls.flatMap((call): [Call, RestoreFault][] => FAULTS.map((fault) => [call, fault]));
  expect(cases.length).toBeGreaterThan(600);

  const failures: string[] = [];
  const ends: Record<string, number> = {};
  // Shuffled: a step through the cases that is a multiple of the faults would play one fault only.
  for (const [call, fault] of inOrderOf(SEED, cases).slice(0, SHARE)) {
    const { outcome, broken } = await restoreWith(call, fault);
    ends[outcome] = (ends[outcome] ?? 0) + 1;
    failures.push(...broken);
  }
  expect(failures).toEqual([]);
  expect(Object.keys(ends).sort()).toEqual(['failed', 'restored']);
}, 600_000);
