import { confirmAtEdge, viewersGoneBy } from '../aws/edge';
import { stopExecution } from '../aws/executions';
import { addEvent, markStop } from '../aws/ledger';
import { changeRoute } from '../aws/route-store';
import type { RevertWay } from '../domain/revert';
import { withdraw } from '../domain/route';
import { attempts, EDGE_LIMIT_MS } from './attempts';
import type { RevertContext, RevertResult } from './request';
import { versionOf } from './version-of';
import { revertWarm } from './warm';

/** The release that shifts or bakes loses its viewers; stopping its execution makes recovery clean up after it. */
export async function withdrawRunning(
  context: RevertContext,
  { release, to }: Extract<RevertWay, { kind: 'withdraw' }>,
): Promise<RevertResult> {
  const { route, holder, why, warnings } = context;
  const attempt = attempts(warnings);
  const marked = await attempt('mark the running release', () => markStop(release, 'reverted', `reverted by ${why}`));
  // It was complete a moment before: it is not under way any more, the revert is one of its own.
  if (marked?.outcome === 'released') return revertWarm(context);
  const after = await changeRoute(withdraw(release, viewersGoneBy()), { release, nonce: `${release}:withdraw` });
  if (holder?.release === release) {
    await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  }
  const seen = await attempt(
    'see the route at the edge',
    () => confirmAtEdge(after.epoch).then(() => true),
    EDGE_LIMIT_MS,
  );
  if (seen) {
    const back = { epoch: after.epoch, live: after.live };
    await attempt('record when viewers were back', () => addEvent(release, 'TrafficBack', back));
  }
  const version = await attempt('learn which version viewers get', () => versionOf(route, to));
  return { kind: 'withdraw', version: version ?? route.releases[to] ?? 'none', color: to, warnings };
}
