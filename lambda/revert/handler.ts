import { confirmAtEdge } from '../aws/edge';
import { readState, writeState } from '../aws/environment-state';
import { startRelease, stopExecution } from '../aws/executions';
import { describeFleet, healthyTargets, updateFleet } from '../aws/fleet';
import { tagLive } from '../aws/images';
import { endRecord, markStop, openRecord } from '../aws/ledger';
import { caller, type OperatorEvent, reply } from '../aws/operator';
import { scheduleRetirement } from '../aws/retirement';
import { changeRoute, requireRoute } from '../aws/route-store';
import { startScaling, stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { readTurn } from '../aws/turns';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { chooseRevert, type RevertWay } from '../domain/revert';
import { revertToStandby, type Route, withdraw } from '../domain/route';
import type { Claim } from '../domain/turns';

interface RevertRequest {
  readonly reason: string;
  /** Claimed name; an authenticated caller's own identity wins over it. */
  readonly by?: string;
}

interface RevertResult {
  readonly kind: RevertWay['kind'];
  /** The version that viewers get (warm) or will get (cold). */
  readonly version: string;
  readonly color?: Color;
  /** The execution that a cold revert started. */
  readonly execution?: string;
  /** What could not be done and is left to others; traffic is back all the same. */
  readonly warnings: readonly string[];
}

/**
 * Revert: sends traffic back, at once. Never held up by a freeze, a queue or a running release; whatever fails beside
 * the route itself becomes a warning.
 */
export const handler = step(async (event: OperatorEvent<RevertRequest>) => reply(event, revert));

async function revert({ reason }: RevertRequest, event: OperatorEvent<RevertRequest>): Promise<RevertResult> {
  const by = caller(event);
  if (!reason) throw new ReleaseError('InvalidRelease', 'a revert needs a reason: {"reason": "…"}');
  const warnings: string[] = [];
  const attempt = attempts(warnings);
  const route = await requireRoute();
  const holder = (await attempt('read the turn', async () => (await readTurn()).holder)) ?? null;
  const { standby } = route;
  const healthy =
    standby === null ? null : ((await attempt('read the standby', () => healthyTargets(standby))) ?? null);
  const way = chooseRevert(route, holder?.release ?? null, healthy);
  const who = `${by.name} (${by.source})`;
  await attempt('hold new releases', () => writeState('hold', { reason, by: by.name, at: new Date().toISOString() }));
  switch (way.kind) {
    case 'withdraw':
      return withdrawRunning(route, way, holder as Claim, `${who}: ${reason}`, warnings);
    case 'warm':
      return revertWarm(route, way, holder, `${who}: ${reason}`, warnings);
    case 'cold':
      return revertCold(by.name, reason, warnings);
  }
}

/** The release that shifts or bakes loses its viewers; stopping its execution makes recovery clean up after it. */
async function withdrawRunning(
  route: Route,
  way: Extract<RevertWay, { kind: 'withdraw' }>,
  holder: Claim,
  why: string,
  warnings: string[],
): Promise<RevertResult> {
  const attempt = attempts(warnings);
  await attempt('mark the running release', () => markStop(way.release, 'reverted', `reverted by ${why}`));
  const after = await changeRoute(withdraw(way.release), { release: way.release, nonce: `${way.release}:withdraw` });
  await confirmAtEdge(after.epoch);
  await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  return { kind: 'withdraw', version: route.releases[way.to] ?? 'none', color: way.to, warnings };
}

async function revertWarm(
  route: Route,
  way: Extract<RevertWay, { kind: 'warm' }>,
  holder: Claim | null,
  why: string,
  warnings: string[],
): Promise<RevertResult> {
  const attempt = attempts(warnings);
  const id = `revert-${route.epoch}-to-${route.releases[way.to]}`.slice(0, 80);
  const after = await changeRoute(revertToStandby(), { release: id, nonce: id });
  await confirmAtEdge(after.epoch);

  if (holder !== null) {
    await attempt('mark the running release', () => markStop(holder.release, 'reverted', `reverted by ${why}`));
    await attempt('stop the running release', () => stopExecution(holder.execution, 'RevertedMeanwhile', why));
  }
  await attempt('bring the reverted-to fleet to size', async () => {
    const [back, left] = await Promise.all([describeFleet(way.to), describeFleet(way.from)]);
    if (back.desired >= left.desired) return;
    await updateFleet(way.to, left.desired);
    warnings.push(`${way.to} has ${back.desired} tasks and is scaled out to ${left.desired} while it serves`);
  });
  await attempt('move scaling', () => stopScaling(way.from).then(() => startScaling(way.to)));
  const live = await attempt('read what was live', () => readState('live'));
  const back = live?.previous;
  if (live && back && back.release === route.releases[way.to]) {
    const { previous: _older, ...left } = live;
    await attempt('record what is live', () => writeState('live', { ...back, previous: left }));
    await attempt('move the live tag', () => tagLive(back.digest));
    await attempt('write the ledger', async () => {
      const now = new Date().toISOString();
      const { version, digest, taskDefinition } = back;
      const changelog = { key: '', sha256: '' };
      await openRecord({
        id,
        kind: 'revert',
        version,
        digest,
        taskDefinition,
        actor: why,
        changelog,
        execution: '',
        startedAt: now,
      });
      await tellEnd(await endRecord(id, 'released', `reverted from ${left.version} to ${version} by ${why}`));
    });
  }
  const window = policy().revertWindowMinutes * 60_000;
  const leftRelease = after.releases[way.from];
  if (leftRelease !== null) {
    await attempt('schedule the retirement', () =>
      scheduleRetirement({ color: way.from, release: leftRelease }, new Date(Date.now() + window), id),
    );
  }
  return { kind: 'warm', version: back?.version ?? route.releases[way.to] ?? 'none', color: way.to, warnings };
}

/** Takes the turn over (it never queues) and runs the release state machine with the recorded task definition. */
async function revertCold(actor: string, reason: string, warnings: string[]): Promise<RevertResult> {
  const live = await readState('live');
  const previous = live?.previous;
  if (previous === undefined) {
    throw new ReleaseError(
      'NothingToRevertTo',
      'no color is warm and the ledger knows no earlier version of this environment',
    );
  }
  const { version, taskDefinition } = previous;
  const name = `revert-${version}-${Date.now().toString(36)}`;
  const execution = await startRelease(name, {
    version,
    taskDefinition,
    kind: 'revert',
    actor: actor.replace(/\s/g, '-'),
    reason,
  });
  return { kind: 'cold', version, execution, warnings };
}

/** Runs what must not hold a revert up: a failure becomes a warning. */
function attempts(warnings: string[]) {
  return async <T>(what: string, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      warnings.push(`could not ${what}: ${(error as Error).name}: ${(error as Error).message}`);
      return undefined;
    }
  };
}
