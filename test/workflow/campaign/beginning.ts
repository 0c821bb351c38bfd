import { Simulation } from '../cloud/simulation';
import type { Stage } from '../cloud/stage';
import type { Saved } from '../cloud/world';
import { MINUTE, released } from './people';

const beginnings = new Map<Stage, Saved>();

/** Two releases, one after the other, made once a stage: v1.0.0 is the standby on green, v1.1.0 live on blue. */
export async function beginning(stage: Stage): Promise<Saved> {
  const known = beginnings.get(stage);
  if (known !== undefined) return known;
  const world = new Simulation(stage);
  for (const version of ['v1.0.0', 'v1.1.0']) await released(world, version);
  await world.rest(10 * MINUTE);
  const saved = world.save();
  world.close();
  beginnings.set(stage, saved);
  return saved;
}
