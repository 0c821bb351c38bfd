import type { ReleaseRecord } from '../aws/ledger';

/** Whether every word of a search is somewhere in a record; case does not matter. */
export function matches(record: ReleaseRecord, search: string): boolean {
  const { id, kind, version, digest, actor, commit, outcome, reason, startedAt } = record;
  const text = [id, kind, version, digest, actor, commit, outcome ?? 'under way', reason, startedAt]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
