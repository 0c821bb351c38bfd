import { describeFleet, healthyTargets, restartFleet } from '../aws/fleet';
import { addEvent } from '../aws/ledger';
import { requirePhase } from '../aws/restore-mark';
import { coloredFleets } from '../aws/restores';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import { requireSound, RESTORE_POLLS, type RestoreState } from '../domain/restore';

/**
 * RollTasks: the database is sound by its own name, too; then every task starts anew, with the same revision and in the same number, so that none keeps a connection, an
 * address or a password of the old instance. The fleets have to become healthy on the new database before anybody is
 * let in again.
 */
export const handler = step(async (state: RestoreState): Promise<NonNullable<RestoreState['tasks']>> => {
  const { release, validation } = state;
  requireSound(validation, release.version);
  const attempt = (state.tasks?.attempt ?? 0) + 1;
  await requireTurn(state);
  await requirePhase(release.id, 'switching');
  const colors = await coloredFleets();
  if (attempt === 1) {
    for (const color of colors) await restartFleet(color);
    return { done: colors.length === 0, attempt };
  }
  const open: string[] = [];
  for (const color of colors) {
    const [fleet, healthy] = await Promise.all([describeFleet(color), healthyTargets(color)]);
    const steady = fleet.rollout === 'COMPLETED' && fleet.deployments === 1;
    if (!steady || healthy < fleet.desired) open.push(`${color} has ${healthy} of ${fleet.desired} healthy targets`);
  }
  if (open.length === 0) {
    await addEvent(release.id, 'RollTasks', { colors });
    return { done: true, attempt };
  }
  if (attempt < RESTORE_POLLS.tasks) return { done: false, attempt };
  throw new ReleaseError(
    'FleetUnhealthy',
    `the application does not become healthy on the restored database: ${open.join(', ')} after ${attempt} polls`,
  );
});
