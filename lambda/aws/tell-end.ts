import { type ReleaseTimes, timesOf } from '../domain/times';
import { markNotified, type ReleaseRecord } from './ledger';
import { notify } from './notify';
import { listEvents } from './release-events';

/** Tells people how a release ended, at least once: the mark is set after the message, never before. */
export async function tellEnd(record: ReleaseRecord): Promise<void> {
  if (record.notifiedAt !== undefined) return;
  const { id, version, outcome, reason, actor } = record;
  const times = await lookBack(record);
  await notify(`${id}:end`, `${version || id} ${outcome}`, { release: id, version, outcome, reason, actor, times });
  await markNotified(id, times);
}

/** Figures are worth having, but no release is kept from its end for want of them. */
async function lookBack(record: ReleaseRecord): Promise<ReleaseTimes | undefined> {
  try {
    return timesOf(record, await listEvents(record.id));
  } catch (error) {
    console.warn(`the times of ${record.id} cannot be computed: ${String(error)}`);
    return undefined;
  }
}
