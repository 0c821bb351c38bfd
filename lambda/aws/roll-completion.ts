import { readState, writeState } from './environment-state';
import { describeFleet } from './fleet';
import { tagLive } from './images';
import { addEvent, type ReleaseRecord } from './ledger';

/** Records what the one fleet of a rolling environment runs. Every act may be repeated. */
export async function finishRoll({ id: release, version, digest, startedAt }: ReleaseRecord): Promise<void> {
  const live = await readState('live');
  // A later release has been live since.
  if (live !== null && live.release !== release && live.at > startedAt) return;
  const { taskDefinition } = await describeFleet('blue');
  if (live?.release !== release) {
    await writeState('live', { release, version, digest, color: 'blue', taskDefinition, at: new Date().toISOString() });
  }
  await tagLive(digest);
  await addEvent(release, 'CompleteRoll', { taskDefinition });
}
