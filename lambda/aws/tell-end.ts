import { markNotified, type ReleaseRecord } from './ledger';
import { notify } from './notify';

/** Tells people how a release ended, at least once: the mark is set after the message, never before. */
export async function tellEnd(record: ReleaseRecord): Promise<void> {
  if (record.notifiedAt !== undefined) return;
  await notify(`${record.id}:end`, `${record.version} ${record.outcome}`, {
    release: record.id,
    version: record.version,
    outcome: record.outcome,
    reason: record.reason,
    actor: record.actor,
  });
  await markNotified(record.id);
}
