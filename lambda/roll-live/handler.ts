import { describeFleet, updateFleet } from '../aws/fleet';
import { addEvent } from '../aws/ledger';
import { recordMigration } from '../aws/migrations';
import { registerRevision } from '../aws/revisions';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn, requireUnderWay } from '../aws/turns';
import type { IdleDeployment, ReleaseState } from '../domain/release';

/** RollLive: a rolling environment has one fleet, called blue; ECS replaces its tasks one after the other. */
export const handler = step(async (state: ReleaseState): Promise<IdleDeployment> => {
  const { id: release, version, digest } = state.release;
  await requireTurn(state);
  if (state.plan !== undefined) await recordMigration(release, state.plan, state.migration);
  const before = await describeFleet('blue');
  const taskDefinition = await registerRevision({ color: 'blue', release, version, digest });
  const desired = Math.max(policy().size.min, before.desired);
  // A Lambda outlives its execution: the fleet may be somebody else's by now, or nobody's.
  await requireUnderWay(state);
  await updateFleet('blue', desired, taskDefinition);
  await addEvent(release, 'RollLive', { taskDefinition, desired });
  return { color: 'blue', taskDefinition, desired, epoch: 0 };
});
