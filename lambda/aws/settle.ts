import { idleColor, type Route } from '../domain/route';
import { type LiveVersion, readState, writeLive, writeState } from './environment-state';
import { describeFleet, updateFleet } from './fleet';
import { tagLive } from './images';
import { openRecord, readRecord } from './ledger';
import { retireNow, scheduleRetirement } from './retirement';
import { readRoute, wroteLast } from './route-store';
import { resumeScaling, stopScaling } from './scaling';
import { policy } from './settings';
import { tellEnd } from './tell-end';
import { readTurn } from './turns';
import { withdrawRelease } from './withdrawal';
import { isWarmRevert, warmRevertRecord } from './warm-revert-record';

/** A retirement that is late by more than this has failed: its schedule is gone, nobody else would do it. */
const RETIREMENT_GRACE_MS = 15 * 60_000;

/**
 * Follows up what the route says where nobody could: a revert goes on without ledger, tags and scaling, a first release
 * that fails stays live since nothing came before it, a retirement gives up after three attempts. The sweep asks at each
 * look; every act may be repeated.
 */
export async function settleRoute(now = new Date()): Promise<void> {
  const route = await readRoute();
  if (route === null || route.releases[route.live] === null) return;
  if ((await readTurn()).holder !== null) return;
  const known = await readState('settled');
  const mark = (done: boolean) => writeState('settled', { moved: route.moved, done, at: now.toISOString() });
  if (known?.moved !== route.moved) return mark(false);
  if (known.done) return retireOverdue(route, new Date(known.at), now);
  if (route.fading !== null && route.fading.until * 1000 > now.getTime()) return;
  const claimed = route.standby === null ? route.releases[idleColor(route)] : null;
  // Nobody has the turn: whoever claimed the color did so after its end.
  if (claimed !== null) return withdrawRelease(claimed);
  const live = await settleLive(route);
  if (live !== null) await tagLive(live.digest);
  await stopScaling(idleColor(route));
  await resumeScaling(route.live);
  await settleIdle(route, now);
  await mark(true);
}

/** The ledger says that viewers get what they get. @returns what is live, null when nobody knows its version */
async function settleLive(route: Route): Promise<LiveVersion | null> {
  const served = route.releases[route.live] as string;
  const recorded = await readState('live');
  const reverted = recorded?.previous?.release === served;
  const live = recorded?.release === served ? recorded : await findLive(route, served, recorded);
  if (live === null) return null;
  const record =
    reverted || isWarmRevert(route) ? warmRevertRecord(route, live, live.previous?.version, await whoReverted()) : null;
  if (record !== null) await openRecord(record);
  if (live !== recorded) await writeLive({ ...live, epoch: route.epoch });
  if (record !== null) await tellEnd((await readRecord(record.id)) ?? record);
  return live;
}

async function findLive(route: Route, served: string, recorded: LiveVersion | null): Promise<LiveVersion | null> {
  const { previous: back, ...left } = recorded ?? {};
  const before = 'release' in left ? { previous: left } : {};
  if (back?.release === served) return { ...back, ...before };
  const record = await readRecord(served);
  if (record === undefined) return null;
  const { version, digest, endedAt: at = new Date().toISOString() } = record;
  const { taskDefinition } = await describeFleet(route.live);
  return { release: served, version, digest, color: route.live, taskDefinition, at, ...before };
}

async function whoReverted(): Promise<string> {
  const hold = await readState('hold');
  return hold === null ? 'somebody whom the ledger could not record' : `${hold.by}: ${hold.reason}`;
}

/** The standby has an end, and a color that is nobody's has no tasks. */
async function settleIdle(route: Route, now: Date): Promise<void> {
  const idle = idleColor(route);
  const { standby, standbySince: since = 0, releases, writer } = route;
  const release = releases[idle];
  if (standby !== null && release !== null) {
    return scheduleRetirement({ color: standby, release, since }, windowEnd(now), writer.release);
  }
  // A placeholder that no release ever replaced is left as the template made it.
  if (release !== null || !/:(withdraw|retire)$/.test(writer.nonce)) return;
  const { desired } = await describeFleet(idle);
  // Right before it: since then a release may have claimed the color.
  if (desired > 0 && (await wroteLast(writer.nonce))) await updateFleet(idle, 0);
}

async function retireOverdue(route: Route, settledAt: Date, now: Date): Promise<void> {
  const { standby, standbySince: since = 0, releases } = route;
  const release = standby && releases[standby];
  if (standby === null || release === null) return;
  if (now.getTime() < windowEnd(settledAt).getTime() + RETIREMENT_GRACE_MS) return;
  await retireNow({ color: standby, release, since });
}

const windowEnd = (from: Date) => new Date(from.getTime() + policy().revertWindowMinutes * 60_000);
