/** A release, revert or migration as the ledger lists it. */
export interface PastRelease {
  readonly id: string;
  readonly kind: string;
  readonly version: string;
  readonly outcome?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
}

const SCHEMA_MAKERS = ['released', 'migrated', 'restored'];

/**
 * The newest release, migration or restore that had ended well at a moment: its changelog is what the data of then knows.
 * A revert moves viewers and leaves the schema as it is.
 */
export function releaseAt<Past extends Pick<PastRelease, 'kind' | 'outcome' | 'endedAt'>>(
  past: readonly Past[],
  time: string,
): Past | undefined {
  return past
    .filter(({ outcome, endedAt }) => SCHEMA_MAKERS.includes(outcome ?? '') && endedAt !== undefined && endedAt <= time)
    .filter(({ kind }) => kind !== 'revert')
    .sort(byEnd)
    .at(-1);
}

/**
 * Changesets that the live version needs and the data of a moment does not have: what was applied since, up to the first
 * time that this version was released. What came later it does not know; that it was applied by a release of its own
 * does not matter.
 *
 * @param past every record that is known
 * @param applied changesets by id of what began or ended since that moment
 */
export function missedBy(version: string, past: readonly PastRelease[], applied: ReadonlyMap<string, number>): number {
  const ended = past.filter(({ endedAt }) => endedAt !== undefined).sort(byEnd);
  const restored = endOf(lastRestore(ended) ?? { endedAt: '' });
  const released = ended.filter((each) => each.kind === 'release' && each.outcome === 'released');
  const own = released.filter((each) => each.version === version);
  // A restore took away what had been applied before it: then it counts from the first release after that.
  const first = own.find((each) => endOf(each) > restored) ?? own[0];
  if (first === undefined) return 0;
  return ended.filter((each) => endOf(each) <= endOf(first)).reduce((sum, { id }) => sum + (applied.get(id) ?? 0), 0);
}

/** The newest restore that ended well. */
export function lastRestore(past: readonly PastRelease[]): PastRelease | undefined {
  return past
    .filter(({ outcome }) => outcome === 'restored')
    .sort(byEnd)
    .at(-1);
}

/** Another restore that brought other data after a moment. */
export function restoredSince(past: readonly PastRelease[], time: string): PastRelease | undefined {
  const last = lastRestore(past);
  return last !== undefined && endOf(last) > time ? last : undefined;
}

/** What began or ended after a moment: whatever it wrote is not in the data of then. */
export function releasesSince(past: readonly PastRelease[], time: string): PastRelease[] {
  return past
    .filter(({ kind, endedAt }) => kind !== 'restore' && kind !== 'revert' && (endedAt === undefined || endedAt > time))
    .sort(byEnd)
    .reverse();
}

type Ended = Pick<PastRelease, 'endedAt'>;
const byEnd = (a: Ended, b: Ended) => (endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0);
const endOf = ({ endedAt }: Ended) => endedAt ?? '9';
