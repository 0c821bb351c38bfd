import { describeFleet, updateFleet } from '../aws/fleet';
import { stopMigrationTask } from '../aws/migration-task';
import { type RecoverEvent, recoverFrom } from '../aws/recovery';
import { deregisterRevision } from '../aws/revisions';
import { finishRoll } from '../aws/roll-completion';
import { step } from '../aws/step';
import { readTurn } from '../aws/turns';

/** RecoverRoll: the one fleet of a rolling environment goes back to the revision that it ran before. */
export const handler = step(async (event: RecoverEvent) =>
  recoverFrom(event, { kinds: ['release', 'revert', 'migration'], withdraw: withdrawRoll, finish: finishRoll }),
);

async function withdrawRoll(release: string): Promise<void> {
  await stopMigrationTask(release);
  // A release that only waited has changed nothing, and the fleet is the holder's.
  if ((await readTurn()).holder?.release !== release) return;
  const before = await deregisterRevision('blue', release);
  const { desired, taskDefinition } = await describeFleet('blue');
  if (taskDefinition !== before) await updateFleet('blue', desired, before);
}
