import { type LiveVersion, readState } from '../aws/environment-state';
import { isRunning, startRelease } from '../aws/executions';
import { readRecord } from '../aws/ledger';
import { ReleaseError } from '../domain/errors';
import type { Route } from '../domain/route';
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
    'no color is warm and the ledger knows no earlier version of this environment',
  );
}

/** Takes the turn over (it never queues) and runs the release state machine with the recorded task definition. */
export async function revertCold(
  { holder, warnings }: RevertContext,
  { version, taskDefinition }: ColdTarget,
  { actor, reason, force }: { readonly actor: string; readonly reason: string; readonly force: boolean },
): Promise<RevertResult> {
  if (holder?.kind === 'revert' && (await isRunning(holder.execution))) {
    const running = await readRecord(holder.release);
    if (running?.version === version) {
      warnings.push(`${holder.release} goes back to ${version} already`);
      return { kind: 'cold', version, execution: holder.execution, warnings };
    }
  }
  const execution = await startRelease(`revert-${version}-${Date.now().toString(36)}`, {
    version,
    taskDefinition,
    kind: 'revert',
    actor: actor.replace(/\s/g, '-'),
    reason,
    ...(force && { floorExemption: reason }),
  });
  return { kind: 'cold', version, execution, warnings };
}
