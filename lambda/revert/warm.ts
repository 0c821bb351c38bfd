import { confirmAtEdge } from '../aws/edge';
import { type LiveVersion, readState, writeLive } from '../aws/environment-state';
import { stopExecution } from '../aws/executions';
import { describeFleet, updateFleet } from '../aws/fleet';
import { tagLive } from '../aws/images';
import { markStop, openRecord, readRecord, type ReleaseRecord } from '../aws/ledger';
import { scheduleRetirement } from '../aws/retirement';
import { changeRoute } from '../aws/route-store';
import { startScaling, stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { tellEnd } from '../aws/tell-end';
import { otherColor } from '../domain/color';
import { revertToStandby, type Route } from '../domain/route';
import { attempts } from './attempts';
import type { RevertContext, RevertResult } from './request';

/** One route write; everything else comes after it. */
export async function revertWarm(context: RevertContext): Promise<RevertResult> {
  const { route } = context;
  const to = route.standby;
  const id = `revert-${route.epoch}-to-${to && route.releases[to]}`.slice(0, 80);
  const after = await changeRoute(revertToStandby(), { release: id, nonce: id });
  return finishWarm({ ...context, route: after });
}

/** What belongs to a warm revert beside the route. Every act may be repeated, and is when the revert is asked for again. */
export async function finishWarm({ route, holder, why, warnings }: RevertContext): Promise<RevertResult> {
  const attempt = attempts(warnings);
  const { live: to, writer, epoch } = route;
  const from = otherColor(to);
  const live = await attempt('read what is live', () => readState('live'));
  const back = versionOf(live, route.releases[to]);
  const result = { kind: 'warm' as const, version: back?.version ?? route.releases[to] ?? 'none', color: to, warnings };
  // A route that was not written by a warm revert has others who see to what belongs to it.
  if (writer.nonce !== writer.release) return result;

  if (holder !== null) {
    await attempt('mark the running release', () => markStop(holder.release, 'reverted', `reverted by ${why}`));
    await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  }
  await attempt('see the route at the edge', () => confirmAtEdge(epoch), 45_000);
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
    await attempt('record what is live', () => writeLive({ ...back, previous: before, epoch }));
    await attempt('move the live tag', () => tagLive(back.digest));
    const reason = `reverted from ${before?.version ?? 'an unknown version'} to ${back.version} by ${why}`;
    await attempt('write the ledger', () => recordRevert(writer.release, back, why, reason));
  }
  await attempt('schedule the retirement', () => retireLater(route));
  return result;
}

/** What is recorded of a release, if it is the one that is live or the one before. */
function versionOf(live: LiveVersion | null | undefined, release: string | null): LiveVersion | undefined {
  if (live?.previous?.release === release) return live?.previous;
  return live?.release === release ? (live ?? undefined) : undefined;
}

/** A warm revert has no execution: it is recorded with its end, in one write. */
async function recordRevert(id: string, back: LiveVersion, why: string, reason: string): Promise<void> {
  const { version, digest, taskDefinition } = back;
  const now = new Date().toISOString();
  const record: ReleaseRecord = {
    id,
    kind: 'revert',
    version,
    digest,
    taskDefinition,
    actor: why,
    changelog: { key: '', sha256: '' },
    execution: '',
    startedAt: now,
    outcome: 'released',
    reason,
    endedAt: now,
  };
  await openRecord(record);
  await tellEnd((await readRecord(id)) ?? record);
}

async function retireLater({ standby, standbySince = 0, releases, writer }: Route): Promise<void> {
  const release = standby && releases[standby];
  if (standby === null || release === null) return;
  const end = new Date(Date.now() + policy().revertWindowMinutes * 60_000);
  await scheduleRetirement({ color: standby, release, since: standbySince }, end, writer.release);
}
