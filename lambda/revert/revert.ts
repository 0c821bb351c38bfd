import { createHash } from 'node:crypto';
import { type Hold, readState, writeState } from '../aws/environment-state';
import { healthyTargets } from '../aws/fleet';
import { requireRoute } from '../aws/route-store';
import { readTurn } from '../aws/turns';
import { isWarmRevert } from '../aws/warm-revert-record';
import { otherColor } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { Actor } from '../domain/people';
import { chooseRevert } from '../domain/revert';
import { type Route, servedRelease } from '../domain/route';
import { requireAboveFloor } from './above-floor';
import { attempts } from './attempts';
import { findColdTarget, revertCold } from './cold';
import type { RevertRequest, RevertResult } from './request';
import { finishWarm, revertWarm } from './warm';
import { withdrawRunning } from './withdraw';

/** The route may be moved between the look at it and the write: by a release, a retirement, another revert. */
const LOOKS = 3;

/**
 * Revert: sends traffic back, at once. Never held up by a freeze, a queue or a running release; whatever fails beside
 * the route itself becomes a warning. Asked for again it does not send traffic forth: see {@link RevertRequest.from}.
 */
export async function revert(request: RevertRequest, by: Actor): Promise<RevertResult> {
  if (!request.reason) throw new ReleaseError('InvalidRelease', 'a revert needs a reason: {"reason": "…"}');
  for (let look = 1; ; look++) {
    try {
      return await lookAndRevert(request, by);
    } catch (error) {
      if (!(error instanceof ReleaseError) || error.name !== 'RouteConflict' || look === LOOKS) throw error;
    }
  }
}

async function lookAndRevert({ reason, from, force = false }: RevertRequest, by: Actor): Promise<RevertResult> {
  const warnings: string[] = [];
  const askedAt = new Date().toISOString();
  const attempt = attempts(warnings);
  const route = await requireRoute();
  const { standby } = route;
  const [turn, hold, healthy] = await Promise.all([
    attempt('read the turn', readTurn),
    attempt('read the hold', () => readState('hold')),
    standby === null ? undefined : attempt('read the standby', () => healthyTargets(standby)),
  ]);
  const why = `${by.name} (${by.source}): ${reason}`;
  const asker = askerOf(by, reason);
  const context = { route, holder: turn?.holder ?? null, why, asker, askedAt, warnings };

  const left = from ?? repeated(hold, by, reason) ?? (await repeatedUnrecorded(route, asker, attempt));
  if (left !== undefined && servedRelease(route) !== left && route.releases[route.live] !== left) {
    warnings.push(`viewers do not get ${left} any more; nothing was moved`);
    return finishWarm(context);
  }
  const way = chooseRevert(route, context.holder?.release ?? null, healthy ?? null);
  const target = way.kind === 'cold' ? await findColdTarget(route) : undefined;
  await requireAboveFloor(route, target ?? (way.kind === 'cold' ? route.live : way.to), { by, reason, force }, attempt);
  const newHold: Hold = { reason, by: by.name, at: new Date().toISOString(), from: servedRelease(route) ?? undefined };
  await attempt('hold new releases', () => writeState('hold', newHold));
  if (way.kind === 'withdraw') return withdrawRunning(context, way);
  return target === undefined ? revertWarm(context) : revertCold(context, target, { actor: by.name, reason, force });
}

/** The same person with the same reason, while the hold of the first time stands: the answer was lost, or a second click. */
function repeated(hold: Hold | null | undefined, by: Actor, reason: string): string | undefined {
  return hold?.by === by.name && hold.reason === reason ? hold.from : undefined;
}

/** The same, where the ledger could not record the first time: the route says whose it is. */
async function repeatedUnrecorded(
  route: Route,
  asker: string,
  attempt: ReturnType<typeof attempts>,
): Promise<string | undefined> {
  if (!isWarmRevert(route) || route.writer.asker !== asker) return undefined;
  const live = await attempt('read what is live', () => readState('live'));
  // Recorded and resumed since: then it is a new wish.
  if (live?.release === route.releases[route.live]) return undefined;
  return route.releases[otherColor(route.live)] ?? undefined;
}

/** A mark of who asks for what: short, since the route has little room. */
function askerOf(by: Actor, reason: string): string {
  return createHash('sha256')
    .update(JSON.stringify([by.name, reason]))
    .digest('hex')
    .slice(0, 12);
}
