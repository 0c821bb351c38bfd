import { describeFleet, fleetNames, updateFleet } from '../aws/fleet';
import { type RecoverEvent, recoverFrom } from '../aws/recovery';
import { deregisterRevision } from '../aws/revisions';
import { step } from '../aws/step';

/** RecoverRoll: the one fleet of a rolling environment goes back to the revision that it ran before. */
export const handler = step(async (event: RecoverEvent) =>
  recoverFrom(event, async (release) => {
    await deregisterRevision('blue', release);
    const { desired, taskDefinition } = await describeFleet('blue');
    // With the failed revision gone the newest of the family is the one before; without it nothing was changed.
    if (taskDefinition !== '') await updateFleet('blue', desired, fleetNames('blue').family);
  }),
);
