import type { Outcome } from './errors';
import { copyName, snapshotName } from './snapshot-name';

/** A manual snapshot of the environment's database. */
export interface KnownSnapshot {
  readonly id: string;
  readonly status: string;
  readonly createdAt: Date;
  /** The release, or for a copy the restore, that its tag names. */
  readonly release?: string;
  /** ARN of the snapshot that it was copied from, as RDS keeps it. @default - it is no copy out of another region */
  readonly copyOf?: string;
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

/** So long a restore that is asked for again finds the copy that the first one made: a copy takes hours. */
const COPY_DAYS = 7;

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

/** A snapshot that may go. */
export interface SpareSnapshot {
  readonly id: string;
  /** Of a copy: has to be there, whole, or the copy may be the last of what people wrote. @default - it needs none */
  readonly original?: string;
}

/**
 * Which copies out of another region may go: by tag and by a name that belongs to what RDS says it was copied from, and old
 * enough. One that failed holds nothing, and keeps the next restore of the same data out.
 */
export function spareCopies(snapshots: readonly KnownSnapshot[], now: Date): SpareSnapshot[] {
  return snapshots
    .filter(({ release, id, copyOf }) => release !== undefined && copyOf !== undefined && id === copyName(copyOf))
    .flatMap(({ id, status, createdAt, copyOf }) => {
      if (status === 'failed') return [{ id }];
      const old = now.getTime() - createdAt.getTime() > COPY_DAYS * DAY_MS;
      return status === 'available' && old ? [{ id, original: copyOf }] : [];
    });
}

/** RDS refuses the next snapshot, and with it the next migration, when a region has as many as the account may have. */
export function isNearQuota(used: number, allowed: number): boolean {
  return used >= 0.8 * allowed;
}
