import { runningVersions } from '../aws/running-versions';
import { step } from '../aws/step';

/** FindRunning: the versions that use the database beside this release. The planner itself reaches neither. */
export const handler = step(runningVersions);
