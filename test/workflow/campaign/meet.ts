import { atRest } from '../cloud/at-rest';
import type { Interference } from '../cloud/door';
import { Simulation } from '../cloud/simulation';
import { PRODUCTION } from '../cloud/stage';
import { beginning } from './beginning';
import { DONE, MEETINGS, outcome, servedBy, type Told } from './meetings';
import { seededRandom } from '../../../local/seeded-random';
import { approveBeside, HOUR, MINUTE, over } from './people';

/** `before`: the second one is done before the call goes on. `beside`: both go on at once; `uneven`: some calls take longer. */
const WAYS = ['before', 'beside', 'uneven'] as const;

export interface Encounter {
  readonly meeting: string;
  /** Which of the handler’s calls. */
  readonly place: number;
  readonly way: (typeof WAYS)[number];
}

/** Of uneven ones a call takes up to this: whoever was first falls behind, and the other way round. */
const UNEVEN_MS = 150;

/** What a handler does in a second; a step that is asked again does the same again. */
const MOST_CALLS = 40;

export const nameOf = ({ meeting, place, way }: Encounter) => `${meeting} / ${place} / ${way}`;

/** Every call of a meeting’s handler, each way. */
export async function encountersOf(meeting: string): Promise<Encounter[]> {
  const { calls } = await play(meeting);
  const places = Array.from({ length: Math.min(calls, MOST_CALLS) }, (_, place) => place);
  return places.flatMap((place) => WAYS.map((way) => ({ meeting, place, way })));
}

/** @param seed decides how long calls take @returns what does not hold, in words */
export async function meet(encounter: Encounter, seed: number): Promise<string[]> {
  return (await play(encounter.meeting, encounter, seed)).broken;
}

async function play(meeting: string, encounter?: Pick<Encounter, 'place' | 'way'>, seed = 0) {
  const { prepare, at, first, second, holds } = MEETINGS[meeting]!;
  const next = seededRandom(seed);
  let uneven = false;
  const latency = () => (uneven ? Math.ceil(next() * UNEVEN_MS) : 20);
  const world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION), latency });
  try {
    await prepare?.(world);
    let [seen, met] = [0, false];
    let answer: Promise<Told> | undefined;
    const come: Interference = {
      matches: (call) => call.handler === at && seen++ === encounter?.place,
      before: () => {
        met = true;
        uneven = encounter?.way === 'uneven';
        answer = second(world);
        return encounter?.way === 'before' ? answer.then(() => undefined) : undefined;
      },
    };
    world.interfere(come);
    const began = first?.(world);
    await world.rest(3 * MINUTE);
    if (encounter === undefined) return { calls: seen, broken: [] };
    world.ringing.clear();
    for (const { name, status } of world.executions.all) if (status === 'RUNNING') void approveBeside(world, name);
    await over(world, 12 * HOUR);
    await world.rest(16 * MINUTE);
    const told = { first: (await began) ?? DONE, second: (await answer) ?? 'nothing' };
    const held = holds(world, told);
    const words = JSON.stringify({ ...told, served: servedBy(world), outcome: outcome(world) });
    return {
      calls: seen,
      broken: [...atRest(world), ...(met ? [] : ['did not meet']), ...(held ? [] : [`does not hold: ${words}`])],
    };
  } finally {
    world.close();
  }
}
