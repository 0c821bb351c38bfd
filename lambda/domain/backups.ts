import type { Outcome } from './errors';
import { releaseAt } from './past-releases';
import type { ChangelogReference, ReleaseKind } from './release';
import type { SnapshotRetention } from './snapshot-care';

/** What the backups of an environment have to come to; `lib` writes it from the backup plan. */
export interface BackupExpectations {
  readonly vaults: readonly {
    readonly rule: 'daily' | 'monthly';
    readonly name: string;
    /** ARNs of the vaults that each recovery point is copied to. */
    readonly copies: readonly string[];
  }[];
  /** How long the snapshots before migrations are kept. */
  readonly releaseSnapshots: SnapshotRetention;
  /** Absent where restores are not tested. */
  readonly restoreTest?: {
    readonly planArn: string;
    /** One has succeeded within this many days. */
    readonly days: number;
  };
}

/** Something that has to happen again and again, and when it happened last. */
export interface Expected {
  /** As the sentence begins that says it is missing: `no daily backup`. */
  readonly what: string;
  readonly newest: Date | undefined;
  /** Since when it is expected: right after a first deployment nothing can be missing yet. */
  readonly since: Date;
  /** It has to have happened since then. Undefined: today is no day to ask. */
  readonly due: Date | undefined;
}

const HOUR_MS = 3_600_000;
/** A day, the time that a job may wait for the one before, and its own. */
const DAILY_HOURS = 24 + 2 + 12;

/**
 * Since when there has to be a backup of a rule. A monthly one is asked for from the fourth to the thirtieth: it is made
 * on the first, may take a day, and AWS Backup lists jobs for thirty days.
 */
export function dueSince(rule: 'daily' | 'monthly', now: Date): Date | undefined {
  if (rule === 'daily') return hoursBefore(now, DAILY_HOURS);
  const day = now.getUTCDate();
  return day < 4 || day > 30 ? undefined : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}

export function hoursBefore(now: Date, hours: number): Date {
  return new Date(now.getTime() - hours * HOUR_MS);
}

/** Sentences about what did not happen in time. */
export function overdue(expected: readonly Expected[]): string[] {
  return expected.flatMap(({ what, newest, since, due }) => {
    if (due === undefined || since >= due || (newest !== undefined && newest >= due)) return [];
    const last = newest === undefined ? 'none is known' : `the last one is of ${newest.toISOString()}`;
    return [`${what} since ${due.toISOString()}: ${last}`];
  });
}

/** What is needed of a release's record to know what the database was at a time. */
export interface PastRelease {
  readonly id: string;
  readonly kind: ReleaseKind;
  readonly changelog: ChangelogReference;
  readonly rollback?: unknown;
  readonly outcome?: Outcome;
  readonly endedAt?: string;
}

/**
 * The release whose changelog a database has at a time.
 *
 * @returns undefined before the first release; `complete` is false where not all of the changelog has to be there
 */
export function changelogAt(
  releases: readonly PastRelease[],
  at: Date,
): { readonly release: string; readonly changelog: ChangelogReference; readonly complete: boolean } | undefined {
  const last = releaseAt(releases, at.toISOString());
  if (last === undefined) return undefined;
  const complete = last.rollback === undefined && last.outcome !== 'restored';
  return { release: last.id, changelog: last.changelog, complete };
}

/** An event of AWS Backup, as far as it is read. */
export interface BackupEvent {
  readonly 'detail-type': string;
  readonly detail: {
    readonly restoreJobId?: string;
    /** Of restore jobs. */
    readonly status?: string;
    /** Of backup and copy jobs. */
    readonly state?: string;
    readonly statusMessage?: string;
    readonly backupJobId?: string;
    readonly copyJobId?: string;
    readonly backupVaultName?: string;
    readonly destinationBackupVaultArn?: string;
  };
}

/** What a job that came to a bad end is called to people. */
export function failedJob({ 'detail-type': type, detail }: BackupEvent): { id: string; message: string } {
  const { backupJobId, copyJobId, state = 'FAILED', statusMessage = 'AWS Backup gives no reason' } = detail;
  const id = copyJobId ?? backupJobId ?? 'unknown';
  const where = detail.destinationBackupVaultArn ?? detail.backupVaultName ?? 'its vault';
  const what = type.startsWith('Copy') ? 'copy of a backup' : 'backup';
  return { id, message: `the ${what} ${id} into ${where} is ${state}: ${statusMessage}` };
}
