import { readState, writeState } from '../aws/environment-state';
import { tagLive } from '../aws/images';
import { addEvent, endRecord } from '../aws/ledger';
import { scheduleRetirement } from '../aws/retirement';
import { requireRoute } from '../aws/route-store';
import { startScaling, stopScaling } from '../aws/scaling';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn } from '../aws/turns';
import { otherColor } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import type { IdleDeployment, ReleaseEnd, ReleaseState } from '../domain/release';

/** CompleteRelease: only while the route is still the release's own. Every act may be repeated. */
export const handler = step(async (state: ReleaseState): Promise<ReleaseEnd> => {
  const { release, idle, shift } = state;
  const { color, taskDefinition } = idle as IdleDeployment;
  const route = await requireRoute();
  if (route.epoch !== shift?.epoch) {
    throw new ReleaseError(
      'RevertedMeanwhile',
      `somebody moved the route (epoch ${route.epoch}) before ${release.id} was complete`,
    );
  }
  const old = otherColor(color);
  const before = await readState('live');
  if (before?.release !== release.id) {
    const { previous: _dropped, ...previous } = before ?? { previous: undefined };
    await writeState('live', {
      release: release.id,
      version: release.version,
      digest: release.digest,
      color,
      taskDefinition,
      at: new Date().toISOString(),
      ...('release' in previous && { previous }),
    });
  }
  await tagLive(release.digest);
  await startScaling(color);
  await stopScaling(old);
  const window = policy().revertWindowMinutes * 60_000;
  const standby = route.standby === old ? route.releases[old] : null;
  if (standby !== null)
    await scheduleRetirement({ color: old, release: standby }, new Date(Date.now() + window), release.id);

  const reason = release.kind === 'revert' ? `${release.version} is live again` : `${release.version} is live`;
  await addEvent(release.id, 'CompleteRelease', { color, standby });
  const record = await endRecord(release.id, 'released', reason);
  await tellEnd(record);
  await leaveTurn(release.id);
  return { outcome: record.outcome ?? 'released', reason: record.reason ?? reason };
});
