/**
 * An execution's data ends at 256 KiB, and it may hold such a list three times (plan, progress, rollback): a list that
 * is longer than this is cut, and its length is told beside it.
 */
const MOST_CHANGESETS = 400;
const MOST_BYTES = 40_000;

/** The first identities of a list, as many as an execution's data may hold. */
export function cut(identities: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const identity of identities) {
    bytes += Buffer.byteLength(identity) + 3;
    if (kept.length === MOST_CHANGESETS || bytes > MOST_BYTES) break;
    kept.push(identity);
  }
  return kept;
}
