import { readState, writeState } from '../aws/environment-state';
import { tagLive } from '../aws/images';
import { addEvent, endRecord } from '../aws/ledger';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn, requireTurn } from '../aws/turns';
import type { IdleDeployment, ReleaseEnd, ReleaseState } from '../domain/release';

/** CompleteRoll: records what the one fleet runs now. Every act may be repeated. */
export const handler = step(async (state: ReleaseState): Promise<ReleaseEnd> => {
  const { id: release, version, digest } = state.release;
  const { color, taskDefinition } = state.idle as IdleDeployment;
  const before = await readState('live');
  if (before?.release !== release) {
    await requireTurn(state);
    await writeState('live', { release, version, digest, color, taskDefinition, at: new Date().toISOString() });
  }
  await tagLive(digest);
  await addEvent(release, 'CompleteRoll', { taskDefinition });
  const record = await endRecord(release, 'released', `${version} is live`);
  await tellEnd(record);
  await leaveTurn(release);
  return { outcome: record.outcome ?? 'released', reason: record.reason ?? '' };
});
