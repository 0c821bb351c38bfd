import { type ReleaseTimes, timesOf } from '../domain/times';
import { type LedgerEvent, markNotified, type ReleaseRecord } from './ledger';
import { notify } from './notify';
import { listEvents } from './release-events';

/** Tells people how a release ended, at least once: the mark is set after the message, never before. */
export async function tellEnd(record: ReleaseRecord): Promise<void> {
  if (record.notifiedAt !== undefined) return;
  const { id, version, outcome, actor } = record;
  const { events, times } = await lookBack(record);
  const reason = withRestorePoint(record, events);
  await notify(`${id}:end`, `${version} ${outcome}`, { release: id, version, outcome, reason, actor, times });
  await markNotified(id, times);
}

/** Figures are worth having, but no release is kept from its end for want of them. */
async function lookBack(record: ReleaseRecord): Promise<{ events?: LedgerEvent[]; times?: ReleaseTimes }> {
  try {
    const events = await listEvents(record.id);
    return { events, times: timesOf(record, events) };
  } catch (error) {
    console.warn(`the times of ${record.id} cannot be computed: ${String(error)}`);
    return {};
  }
}

/** Whoever is told that a release failed is told where the data is from before its migrations. */
function withRestorePoint({ outcome, reason }: ReleaseRecord, events: readonly LedgerEvent[] = []): string | undefined {
  const snapshot = events.find(({ event }) => event === 'SnapshotDatabase')?.snapshot;
  if (snapshot === undefined || (outcome !== 'failed' && outcome !== 'reverted')) return reason;
  return `${reason}; the snapshot ${String(snapshot)} from before its migrations is kept`;
}
