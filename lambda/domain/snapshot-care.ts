import type { Outcome } from './errors';
import { snapshotName } from './snapshot-name';

/** A manual snapshot of the environment's database. */
export interface KnownSnapshot {
  readonly id: string;
  readonly status: string;
  readonly createdAt: Date;
  /** The release that its tag names. */
  readonly release?: string;
}

/** How long the snapshots before migrations are kept. */
export interface SnapshotRetention {
  readonly days: number;
  /** So many of the newest are kept however old they are. */
  readonly atLeast: number;
}

/** Ends after which nobody needs the database as it was before. Of others, people decide what becomes of it. */
const DONE_WITH: readonly (Outcome | undefined)[] = ['released', 'migrated', 'rejected', 'superseded', 'canceled'];
const DAY_MS = 86_400_000;

/** Whether a release made this snapshot: by its tag and, since tags are copied from instance to snapshot, its name. */
export function isOurs({ id, release }: KnownSnapshot): boolean {
  return release !== undefined && id === snapshotName(release);
}

/**
 * Which snapshots may go: our own, old enough, not among the newest, and of a release that came to an end after which
 * nobody needs them. Of a release that the ledger does not know nothing is deleted.
 *
 * @param outcomeOf the end of a release; undefined while it goes on, and for one that is not known
 */
export function snapshotsToDelete(
  snapshots: readonly KnownSnapshot[],
  { days, atLeast }: SnapshotRetention,
  outcomeOf: (release: string) => Outcome | undefined,
  now: Date,
): string[] {
  return snapshots
    .filter((snapshot) => isOurs(snapshot) && snapshot.status === 'available')
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
    .slice(atLeast)
    .filter(({ createdAt }) => now.getTime() - createdAt.getTime() > days * DAY_MS)
    .filter(({ release }) => DONE_WITH.includes(outcomeOf(release as string)))
    .map(({ id }) => id);
}

/** RDS refuses the next snapshot, and with it the next migration, when a region has as many as the account may have. */
export function isNearQuota(used: number, allowed: number): boolean {
  return used >= 0.8 * allowed;
}
