import { claimColor } from '../aws/claim';
import { describeFleet, updateFleet } from '../aws/fleet';
import { requireNotHeld } from '../aws/gate';
import { addEvent } from '../aws/ledger';
import { recordMigration } from '../aws/migrations';
import { registerRevision } from '../aws/revisions';
import { stopScaling } from '../aws/scaling';
import { requireRevertRecorded } from '../aws/warm-revert-record';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn, requireUnderWay } from '../aws/turns';
import { otherColor } from '../domain/color';
import type { IdleDeployment, ReleaseState } from '../domain/release';
import { claimIdle, idleColor, takeIdle } from '../domain/route';

/** DeployIdle: gives the standby up, then brings the release's image to the idle fleet. The live fleet is only read. */
export const handler = step(async (state: ReleaseState): Promise<IdleDeployment> => {
  const { release, plan, migration } = state;
  const writer = { release: release.id, nonce: `${release.id}:claim` };
  await requireTurn(state);
  // The migrator sits in the network, out of the ledger's reach: what it did is recorded here.
  if (plan !== undefined) await recordMigration(release.id, plan, migration);
  const claim = (runsUntil: number) =>
    release.kind === 'revert' ? takeIdle(release.id, runsUntil) : claimIdle(release.id, runsUntil);
  const route = await claimColor(claim, writer, async (before) => {
    // Asked after the route was read: whoever ends this release moves the route before giving its turn up, and a revert
    // holds releases before it moves the route.
    await requireUnderWay(state);
    await requireNotHeld(release);
    if (release.kind === 'release') await requireRevertRecorded(before);
  });
  const color = idleColor(route);

  const live = await describeFleet(otherColor(color));
  const desired = Math.max(policy().size.min, route.releases[route.live] === null ? 0 : live.desired);
  // A Lambda outlives its execution, and has waited for viewers: it leaves no revision of a release that has ended.
  await requireTurn(state);
  const taskDefinition = await registerRevision({
    color,
    release: release.id,
    version: release.version,
    digest: release.digest,
    source: release.taskDefinition,
  });
  await stopScaling(color);
  // The color may be somebody else's by now.
  await requireTurn(state);
  await updateFleet(color, desired, taskDefinition);
  await addEvent(release.id, 'DeployIdle', { color, taskDefinition, desired });
  return { color, taskDefinition, desired, epoch: route.moved };
});
