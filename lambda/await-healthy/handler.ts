import { describeFleet, healthyTargets, runningTasks } from '../aws/fleet';
import { explainFailure } from '../aws/fleet-failure';
import { addEvent } from '../aws/ledger';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseState } from '../domain/release';

type Health = NonNullable<ReleaseState['health']>;

/** AwaitHealthy: the idle service is steady, runs the release's revision, and its load balancer finds it healthy. */
export const handler = step(async (state: ReleaseState): Promise<Health> => {
  const { color, desired, taskDefinition } = state.idle as IdleDeployment;
  const { release } = state;
  const attempt = (state.health?.attempt ?? 0) + 1;
  const [fleet, healthy, tasks] = await Promise.all([describeFleet(color), healthyTargets(color), runningTasks(color)]);
  const right = tasks.filter((task) => task.taskDefinitionArn === taskDefinition && task.lastStatus === 'RUNNING');
  const wrongImage = right.find((task) =>
    task.containers?.some(
      ({ name, imageDigest }) => name === policy().containerName && imageDigest && imageDigest !== release.digest,
    ),
  );
  const detail = `${right.length} of ${desired} tasks run ${release.version}, ${healthy} targets are healthy`;

  if (fleet.rollout === 'FAILED')
    throw await unhealthy(state, `${fleet.rolloutReason || 'its deployment failed'}; ${detail}`);
  if (wrongImage !== undefined) throw await unhealthy(state, `a task runs another image than ${release.digest}`);
  const steady = fleet.rollout === 'COMPLETED' && fleet.taskDefinition === taskDefinition && fleet.deployments === 1;
  if (steady && right.length >= desired && healthy >= desired) {
    await addEvent(release.id, 'AwaitHealthy', { color, healthy });
    return { healthy: true, attempt, detail };
  }
  if (attempt >= policy().healthyChecks) throw await unhealthy(state, `not healthy after ${attempt} checks; ${detail}`);
  return { healthy: false, attempt, detail };
});

async function unhealthy(state: ReleaseState, reason: string): Promise<ReleaseError> {
  const { color, taskDefinition } = state.idle as IdleDeployment;
  const why = await explainFailure(color, taskDefinition);
  return new ReleaseError(
    'FleetUnhealthy',
    `${state.release.version} does not become healthy on ${color}: ${reason}; ${why}`,
  );
}
