import { confirmAtEdge } from '../aws/edge';
import { type LiveVersion, readState, writeLive } from '../aws/environment-state';
import { stopExecution } from '../aws/executions';
import { describeFleet, updateFleet } from '../aws/fleet';
import { tagLive } from '../aws/images';
import { markStop, openRecord, readRecord } from '../aws/ledger';
import { scheduleRetirement } from '../aws/retirement';
import { changeRoute } from '../aws/route-store';
import { startScaling, stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { tellEnd } from '../aws/tell-end';
import { isWarmRevert, warmRevertId, warmRevertRecord } from '../aws/warm-revert-record';
import { otherColor } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { revertToStandby, type Route } from '../domain/route';
import { attempts, EDGE_LIMIT_MS } from './attempts';
import type { RevertContext, RevertResult } from './request';

/** One route write; everything else comes after it. */
export async function revertWarm(context: RevertContext): Promise<RevertResult> {
  const { route } = context;
  const to = route.standby;
  const id = warmRevertId(route.epoch, to && route.releases[to]);
  const writer = { release: id, nonce: id, asker: context.asker };
  const after = await changeRoute(revertToStandby(), writer, {
    guard: async (before) => requireUnmoved(route, before),
  });
  return finishWarm({ ...context, route: after });
}

/** What was chosen, and whose health was looked at, belongs to the route as it was: the standby may be the other color. */
function requireUnmoved(seen: Route, before: Route): void {
  if (before.moved === seen.moved) return;
  throw new ReleaseError(
    'RouteConflict',
    `somebody moved the route meanwhile (epoch ${before.moved}); look at the status, then ask again`,
  );
}

/** What belongs to a warm revert beside the route. Every act may be repeated, and is when the revert is asked for again. */
export async function finishWarm({ route, holder, why, askedAt, warnings }: RevertContext): Promise<RevertResult> {
  const attempt = attempts(warnings);
  const { live: to, epoch } = route;
  const from = otherColor(to);
  const live = await attempt('read what is live', () => readState('live'));
  const back = versionOf(live, route.releases[to]);
  const result = { kind: 'warm' as const, version: back?.version ?? route.releases[to] ?? 'none', color: to, warnings };
  // A route that was not written by a warm revert has others who see to what belongs to it.
  if (!isWarmRevert(route)) return result;

  if (holder !== null) {
    await attempt('mark the running release', () => markStop(holder.release, 'reverted', `reverted by ${why}`));
    await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  }
  await attempt('see the route at the edge', () => confirmAtEdge(epoch), EDGE_LIMIT_MS);
  await attempt('bring the reverted-to fleet to size', async () => {
    const [fleet, left] = await Promise.all([describeFleet(to), describeFleet(from)]);
    if (fleet.desired >= left.desired) return;
    await updateFleet(to, left.desired);
    warnings.push(`${to} has ${fleet.desired} tasks and is scaled out to ${left.desired} while it serves`);
  });
  await attempt('move scaling', () => stopScaling(from).then(() => startScaling(to)));
  if (live && back) {
    const { previous, ...left } = live;
    const before = back === live ? previous : left;
    const record = warmRevertRecord(route, back, before?.version, why, askedAt);
    await attempt('write the ledger', async () => {
      // What is live comes last: where it is not recorded, the sweep makes up for both.
      await openRecord(record);
      await writeLive({ ...back, previous: before, epoch });
    });
    await attempt('move the live tag', () => tagLive(back.digest));
    await attempt('tell people', async () => {
      const opened = await readRecord(record.id);
      if (opened !== undefined) await tellEnd(opened);
    });
  }
  await attempt('schedule the retirement', () => retireLater(route));
  return result;
}

/** What is recorded of a release, if it is the one that is live or the one before. */
function versionOf(live: LiveVersion | null | undefined, release: string | null): LiveVersion | undefined {
  if (live?.previous?.release === release) return live?.previous;
  return live?.release === release ? (live ?? undefined) : undefined;
}

async function retireLater({ standby, standbySince = 0, releases, writer }: Route): Promise<void> {
  const release = standby && releases[standby];
  if (standby === null || release === null) return;
  const end = new Date(Date.now() + policy().revertWindowMinutes * 60_000);
  await scheduleRetirement({ color: standby, release, since: standbySince }, end, writer.release);
}
