import { type LiveVersion, readState } from '../aws/environment-state';
import { executionOf, isRunning, startRelease, stopExecution } from '../aws/executions';
import { markStop, readRecord } from '../aws/ledger';
import { ReleaseError } from '../domain/errors';
import type { ReleaseRequest } from '../domain/release';
import type { Route } from '../domain/route';
import { attempts } from './attempts';
import type { RevertContext, RevertResult } from './request';

type ColdTarget = Omit<LiveVersion, 'previous'>;

/** The version before the one that viewers get. @throws ReleaseError NothingToRevertTo */
export async function findColdTarget(route: Route): Promise<ColdTarget> {
  const live = await readState('live');
  const served = route.releases[route.live];
  // While a release bakes, what is recorded as live is the version before it. When what is recorded comes after what is
  // served (a revert could not write it down), nobody knows what came before.
  const target = live?.release === served ? live?.previous : live?.previous?.release === served ? undefined : live;
  if (target) return target;
  throw new ReleaseError(
    'NothingToRevertTo',
    'no color is warm and the ledger knows no earlier version of this environment; release an older version instead',
  );
}

/** Takes the turn over (it never queues) and runs the release state machine with the recorded task definition. */
export async function revertCold(
  { holder, why, warnings }: RevertContext,
  { version, taskDefinition }: ColdTarget,
  { actor, reason, force }: { readonly actor: string; readonly reason: string; readonly force: boolean },
): Promise<RevertResult> {
  const attempt = attempts(warnings);
  if (holder?.kind === 'revert') {
    const underWay = await attempt('look at the revert that runs', async () =>
      (await isRunning(holder)) ? readRecord(holder.release) : undefined,
    );
    if (underWay?.version === version) {
      warnings.push(`${holder.release} goes back to ${version} already`);
      return { kind: 'cold', version, execution: holder.execution, warnings };
    }
  }
  const name = `revert-${version}-${Date.now().toString(36)}`;
  const request: ReleaseRequest = {
    version,
    taskDefinition,
    kind: 'revert',
    actor: actor.replace(/\s/g, '-'),
    reason,
    ...(force && { floorExemption: reason }),
  };
  const execution = await startRelease(name, request).catch((error: Error) => {
    if (error.name !== 'ExecutionAlreadyExists') throw error;
    // Somebody else asked in the same millisecond.
    warnings.push(`${name} goes back to ${version} already`);
    return executionOf(name);
  });
  if (holder !== null) {
    // It would lose its turn in a moment anyway, but could begin to shift before.
    await attempt('mark the running release', () => markStop(holder.release, 'reverted', `reverted by ${why}`));
    await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  }
  return { kind: 'cold', version, execution, warnings };
}
