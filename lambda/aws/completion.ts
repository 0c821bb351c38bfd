import { otherColor } from '../domain/color';
import { readState, writeLive } from './environment-state';
import { describeFleet } from './fleet';
import { tagLive } from './images';
import { addEvent, type ReleaseRecord } from './ledger';
import { scheduleRetirement } from './retirement';
import { requireRoute } from './route-store';
import { startScaling, stopScaling } from './scaling';
import { policy } from './settings';

/**
 * What is left to do once a release is recorded as released: by CompleteRelease, or by its recovery when CompleteRelease
 * could not. Every act may be repeated. After a revert nothing is left: what is live is the revert's to say.
 */
export async function finishRelease({ id, version, digest }: ReleaseRecord): Promise<void> {
  const route = await requireRoute();
  const color = route.live;
  if (route.releases[color] !== id) return addEvent(id, 'CompleteRelease', { revertedSince: true });
  const old = otherColor(color);
  const before = await readState('live');
  if (before?.release !== id) {
    const { previous: _older, ...previous } = before ?? { previous: undefined };
    const { taskDefinition } = await describeFleet(color);
    await writeLive({
      release: id,
      version,
      digest,
      color,
      taskDefinition,
      epoch: route.epoch,
      at: new Date().toISOString(),
      ...('release' in previous && { previous }),
    });
  }
  await tagLive(digest);
  await startScaling(color);
  await stopScaling(old);
  const standby = route.standby === old ? route.releases[old] : null;
  if (standby !== null) {
    const end = new Date(Date.now() + policy().revertWindowMinutes * 60_000);
    await scheduleRetirement({ color: old, release: standby, since: route.standbySince ?? 0 }, end, id);
  }
  await addEvent(id, 'CompleteRelease', { color, standby });
}
