import type { ReleasePolicy } from '../../../lambda/domain/policy';
import { atRest } from '../cloud/at-rest';
import { Simulation } from '../cloud/simulation';
import { PRODUCTION } from '../cloud/stage';
import { beginning } from './beginning';
import { approveBeside, HOUR, MINUTE } from './people';

export interface Hundred {
  /** How many releases ended how. */
  readonly ends: Readonly<Record<string, number>>;
  /** Releases in the order in which they came by the turn. */
  readonly turns: readonly string[];
  /** Calls to AWS for each release, by the handlers of the workflow; sweeps and drift guard beside it. */
  readonly callsEach: number;
  /** The most calls that one waiting release made while it waited. */
  readonly callsWhileWaiting: number;
  readonly broken: readonly string[];
}

/** A hundred tags arrive in one minute. */
export async function hundredTags(concurrency: ReleasePolicy['concurrency'], amount = 100): Promise<Hundred> {
  const world = new Simulation(PRODUCTION, { from: await beginning(PRODUCTION) });
  world.policy = { ...world.policy, concurrency };
  const turns: string[] = [];
  const watched = world.door.around;
  world.door.around = async (call, effect) => {
    const output = await watched(call, effect);
    const holder = world.turn()?.holder?.release;
    if (holder !== undefined && holder !== turns.at(-1)) turns.push(holder);
    return output;
  };
  try {
    const names = Array.from({ length: amount }, (_, index) => `v2.${index}.0`);
    for (const name of names) {
      world.release(name);
      void approveBeside(world, name);
      await world.rest(MINUTE / amount);
    }
    await world.clock.pass(() => world.idle(), 100 * HOUR);
    await world.rest(16 * MINUTE);
    const ends: Record<string, number> = {};
    for (const name of names) {
      const end = world.record(name)?.outcome ?? 'none';
      ends[end] = (ends[end] ?? 0) + 1;
    }
    const beside = ['check-drift', 'decide', 'retire-idle'];
    const calls = world.door.calls.filter(
      ({ handler, invocation }) => !beside.includes(handler) && !world.idleSweeps.has(invocation),
    );
    const asked = calls.filter(({ handler }) => handler === 'await-turn');
    return {
      ends,
      turns,
      callsEach: calls.length / amount,
      callsWhileWaiting: asked.length / amount,
      broken: atRest(world),
    };
  } finally {
    world.close();
  }
}
