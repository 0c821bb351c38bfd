import { atRest } from '../cloud/at-rest';
import type { Call, Fault, Interference } from '../cloud/door';
import { callsWorthDisturbing, Simulation } from '../cloud/simulation';
import { PRODUCTION } from '../cloud/stage';
import { beginning } from './beginning';
import { HOUR, MINUTE, over } from './people';
import { type Scenario, SCENARIOS } from './scenarios';

/** What may go wrong at a call; what lasts is over after {@link LASTS_MS}. */
export const FAULTS = {
  throttled: { fault: 'throttled', lasts: false, what: 'throttled once, after the SDK’s own attempts' },
  'throttled for long': { fault: 'throttled', lasts: true, what: 'every such call of the handler, for 20 minutes' },
  broken: { fault: 'broken', lasts: false, what: 'a 5xx, after the SDK’s own attempts' },
  denied: { fault: 'denied', lasts: true, what: 'every such call of the handler, for 20 minutes' },
  lost: { fault: 'lost', lasts: false, what: 'done, but the answer is lost' },
  twice: { fault: 'twice', lasts: false, what: 'done twice, the second answer counts' },
  killed: { fault: 'killed', lasts: false, what: 'the handler’s process ends right after the effect' },
} as const satisfies Record<string, { fault: Fault; lasts: boolean; what: string }>;

export type FaultName = keyof typeof FAULTS;

const LASTS_MS = 20 * MINUTE;
/** “Within minutes after a fault clears”: three sweeps. A fault may come with the first of them. */
const MINUTES_AFTER = 15 * MINUTE;

/** A call of a scenario, told apart from others however the order changes. */
export type Place = Pick<Call, 'handler' | 'operation' | 'nth'>;

export interface Run {
  readonly scenario: string;
  readonly place: Place;
  readonly fault: FaultName;
}

export interface Result {
  readonly broken: readonly string[];
  /** How the scenario’s own release ended, `none` without one. */
  readonly end: string;
  /** Whether the call was made. */
  readonly met: boolean;
}

export const keyOf = ({ scenario, place, fault }: Run) =>
  [scenario, `${place.handler}.${place.operation}.${place.nth}`, fault].join(' / ');

/** @throws Error when a key names no scenario or no fault */
export function runOf(key: string): Run {
  const [scenario = '', call = '', fault = ''] = key.split(' / ');
  const [handler = '', operation = '', nth = '0'] = call.split('.');
  if (!(scenario in SCENARIOS) || !(fault in FAULTS)) throw new Error(`"${key}" is no key of a run`);
  return { scenario, place: { handler, operation, nth: Number(nth) }, fault: fault as FaultName };
}

async function play(
  { stage = PRODUCTION, begins = 'two', run }: Scenario,
  faults: Interference[],
  clears: () => number,
) {
  const from = begins === 'two' ? await beginning(stage) : undefined;
  const world = new Simulation(stage, { from });
  world.interfere(...faults);
  try {
    await run(world);
    await over(world, 3 * HOUR);
    await world.rest(MINUTES_AFTER);
    const left = clears() + MINUTES_AFTER - world.clock.read();
    if (left > 0) await world.rest(left);
    // A retirement that has just begun is let come to its end.
    const now = world.clock.read();
    if (world.schedules.some(({ at }) => at <= now && at > now - MINUTE)) await world.rest(MINUTE);
    return { world, broken: atRest(world) };
  } finally {
    world.close();
  }
}

/** The calls of a scenario when nothing goes wrong. */
export async function placesOf(scenario: string): Promise<{ places: Place[]; broken: string[]; end: string }> {
  const { world, broken } = await play(SCENARIOS[scenario]!, [], () => 0);
  const places = callsWorthDisturbing(world).map(({ handler, operation, nth }) => ({ handler, operation, nth }));
  return { places, broken, end: endOf(world) };
}

export async function runWithFault({ scenario, place, fault: name }: Run): Promise<Result> {
  const { fault, lasts } = FAULTS[name];
  let since: number | undefined;
  let now = () => 0;
  const interference: Interference = {
    fault,
    times: lasts ? Infinity : 1,
    matches: ({ handler, operation, nth }) => {
      if (handler !== place.handler || operation !== place.operation || nth < place.nth) return false;
      if (!lasts) return nth === place.nth;
      since ??= now();
      return now() < since + LASTS_MS;
    },
  };
  const begun = {
    ...SCENARIOS[scenario]!,
    run: (world: Simulation) => ((now = () => world.clock.read()), SCENARIOS[scenario]!.run(world)),
  };
  const { world, broken } = await play(begun, [interference], () => (since ?? 0) + LASTS_MS);
  return { broken, end: endOf(world), met: lasts ? since !== undefined : interference.times === 0 };
}

const endOf = (world: Simulation) => world.record('v1.2.0')?.outcome ?? world.record('migrate-1')?.outcome ?? 'none';
