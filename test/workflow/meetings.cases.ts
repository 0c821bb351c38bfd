import { type Encounter, encountersOf, meet, nameOf } from './campaign/meet';
import { MEETINGS } from './campaign/meetings';
import { inOrderOf } from './campaign/order';

/** All of them: `npm run campaign:meetings`. */
const SHARE = Number(process.env.MEETINGS ?? 40);
const SEED = Number(process.env.SEED ?? 20261121);

test('two who act in the same second, at each call that one of them makes, break no promise', async () => {
  const all: Encounter[] = [];
  for (const meeting of Object.keys(MEETINGS)) all.push(...(await encountersOf(meeting)));
  const broken: string[] = [];
  for (const encounter of inOrderOf(SEED, all).slice(0, SHARE)) {
    for (const what of await meet(encounter, SEED)) broken.push(`${nameOf(encounter)}: ${what}`);
  }

  expect(broken).toEqual([]);
  expect(all.length).toBeGreaterThan(200);
}, 600_000);
