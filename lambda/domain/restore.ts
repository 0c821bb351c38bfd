import { createHash } from 'node:crypto';
import { ReleaseError } from './errors';
import type { OpenedRelease, ReleaseState } from './release';
import { isVersion, validateRequest } from './request';
import { snapshotName } from './snapshot-name';

/** Where the data comes from: exactly one member. */
export interface RestoreSource {
  /** Any second within the point-in-time window, ISO 8601 with zone. */
  readonly time?: string;
  /** A release: the snapshot that was made before its migrations. */
  readonly release?: string;
  /** ARN of a recovery point (an RDS snapshot), of this region or of the one that copies go to. */
  readonly recoveryPoint?: string;
}

/** What somebody asks for when starting an execution of the restore state machine. */
export interface RestoreRequest {
  readonly source: RestoreSource;
  /** Who asked, as the caller claims it. */
  readonly actor: string;
  readonly reason: string;
  /** Says what would be lost, and does nothing. @default false */
  readonly dryRun?: boolean;
  /** The version whose changelog the data is held against. @default - the newest that was released by then */
  readonly version?: string;
  /** Why the live version may run on data that its own migrations are missing in; recorded. */
  readonly schemaExemption?: string;
}

/** A restore as OpenRestore recorded it. Its version is the one whose changelog the data is held against. */
export interface OpenedRestore extends OpenedRelease {
  readonly dryRun: boolean;
}

/** The state that travels through the restore state machine. */
export type RestoreState = Omit<ReleaseState, 'request' | 'release'> & {
  readonly request: RestoreRequest;
  readonly release: OpenedRestore;
  readonly restore?: RestorePlan;
  readonly instance?: RestoredInstance;
  /** Of the restored instance, then of the database under the application's name. */
  readonly validation?: RestoreValidation;
  readonly maintenance?: { readonly epoch: number };
  readonly switched?: { readonly done: boolean; readonly attempt: number };
  readonly tasks?: { readonly done: boolean; readonly attempt: number };
};

/** What validate-database answers, as far as a restore reads it. */
export interface RestoreValidation {
  readonly sound: boolean;
  readonly changesets: number;
  readonly findings: readonly { readonly message: string }[];
}

/** Identifiers while a restore goes on. RDS knows an instance for ever by its resource id, whatever it is called. */
export interface InstanceNames {
  /** What the application calls its database. */
  readonly main: string;
  /** The old instance after the switch; it stays. */
  readonly before: string;
  /** The new instance before the switch. */
  readonly restored: string;
}

/** What PlanRestore found, before anything happened. */
export interface RestorePlan {
  /** Moment that the data is of, ISO 8601. */
  readonly time: string;
  /** Minutes of writes that the application will have lost. */
  readonly lostMinutes: number;
  /** Releases that ended since then, as many as an execution's data may hold, newest first. */
  readonly releases: readonly { readonly id: string; readonly version: string; readonly outcome: string }[];
  /** Changesets that were applied since then, as far as the ledger knows. */
  readonly changesets: number;
  /** Snapshot to restore from; @default - point in time */
  readonly snapshot?: string;
  /** ARN of the snapshot in the other region, which is copied to `snapshot` first. */
  readonly copyFrom?: string;
  readonly names: InstanceNames;
  /** Resource id of the instance that the application uses now, and the address that it is known by. */
  readonly old: string;
  readonly endpoint: string;
  readonly port: number;
}

/** Progress of RestoreInstance. */
export interface RestoredInstance {
  readonly status: 'pending' | 'available';
  readonly attempt: number;
  /** In the words of RDS. */
  readonly detail: string;
  /** Whether it was given what a restore cannot say, above all the administrator's current password. */
  readonly completed: boolean;
  /** Who and where it is, once it is available. */
  readonly resource?: string;
  readonly host?: string;
  readonly port?: number;
}

/**
 * How often a step is asked before it gives up, one poll of 30 seconds each. RDS names no upper bound: an instance of
 * some hundred GiB takes an hour or two, one that is renamed "about ten minutes".
 */
export const RESTORE_POLLS = { instance: 8 * 120, switch: 90, tasks: 60 } as const;

/** Of a snapshot by AWS Backup, or of one by a release. */
const ARN = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:snapshot:((awsbackup:|greenroom-)[a-z0-9:-]{1,240})$/;

/** Checks a request before anything happens. @throws ReleaseError InvalidRelease saying which member is wrong */
export function validateRestore(request: RestoreRequest): void {
  const { actor, reason, version, dryRun } = request;
  const wrong = (message: string) => new ReleaseError('InvalidRelease', message);
  validateRequest({ version: 'v0.0.0', actor });
  if (typeof reason !== 'string' || reason.trim() === '') throw wrong('a restore needs a reason');
  if (version !== undefined && !isVersion(version)) {
    throw wrong(`version ${JSON.stringify(version)} is no tag of the form vX.Y.Z`);
  }
  if (dryRun !== undefined && typeof dryRun !== 'boolean') throw wrong('dryRun is true or false');
  const { time, release, recoveryPoint } = request.source ?? {};
  if ([time, release, recoveryPoint].filter((each) => each !== undefined).length !== 1) {
    throw wrong('source needs exactly one of time, release and recoveryPoint');
  }
  if (time !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(time)) {
    throw wrong(`time ${JSON.stringify(time)} is no ISO 8601 time with a zone, for example 2026-11-21T08:59:00Z`);
  }
  if (time !== undefined && Number.isNaN(Date.parse(time))) throw wrong(`time ${JSON.stringify(time)} does not exist`);
  if (release !== undefined && !/^[\w.+-]{1,80}$/.test(release)) {
    throw wrong(`release ${JSON.stringify(release)} is no release id`);
  }
  if (recoveryPoint !== undefined && !ARN.test(recoveryPoint)) {
    throw wrong(
      `recoveryPoint ${JSON.stringify(recoveryPoint)} is no ARN of an RDS snapshot by AWS Backup or by a release; from the point-in-time vault restore by time`,
    );
  }
}

/** What a request's source means in this region. */
export type ResolvedSource =
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'copy'; readonly copyFrom: string; readonly region: string; readonly snapshot: string };

/** Names the snapshot that a source means. @param region this environment's own */
export function resolveSource({ time, release, recoveryPoint }: RestoreSource, region: string): ResolvedSource {
  if (time !== undefined) return { kind: 'time', time: new Date(time).toISOString() };
  if (release !== undefined) return { kind: 'snapshot', snapshot: snapshotName(release) };
  const [, from, snapshot] = ARN.exec(recoveryPoint as string) as unknown as [string, string, string];
  if (from === region) return { kind: 'snapshot', snapshot };
  // The same copy serves a second attempt.
  return {
    kind: 'copy',
    copyFrom: recoveryPoint as string,
    region: from,
    snapshot: `greenroom-copy-${short(snapshot)}`,
  };
}

/** Names for a restore. An identifier has at most 63 characters. @param restore `*` stands for every restore */
export function instanceNames(main: string, restore: string): InstanceNames {
  const stem = main.slice(0, 63 - '-restored-'.length - SHORT).replace(/-+$/, '');
  const suffix = restore === '*' ? '*' : short(restore);
  return { main, before: `${stem}-before-${suffix}`, restored: `${stem}-restored-${suffix}` };
}

const SHORT = 8;

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, SHORT);
}

/** @throws ReleaseError VerificationFailed unless the database is what the changelog of its version says */
export function requireSound(validation: RestoreValidation | undefined, version: string): void {
  const { sound = false, changesets = 0, findings = [] } = validation ?? {};
  const problems = findings.map(({ message }) => message);
  if (changesets === 0) problems.push(`none of the changesets of ${version} is in its history`);
  if (sound && problems.length === 0) return;
  throw new ReleaseError(
    'VerificationFailed',
    `the restored database is not what the changelog of ${version} says: ${problems.slice(0, 10).join('; ')}`,
  );
}

/** A moment outside the point-in-time window is refused. @throws ReleaseError InvalidRelease naming the window */
export function requireWithin(time: string, window: { readonly from: string; readonly to: string }): void {
  if (time >= window.from && time <= window.to) return;
  throw new ReleaseError(
    'InvalidRelease',
    `${time} cannot be restored: the point-in-time window goes from ${window.from} to ${window.to}; before it there are snapshots (--recovery-point)`,
  );
}

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

const SCHEMA_MAKERS = ['released', 'migrated'];

/** The newest release or migration that had ended well at a moment: its changelog is what the data of then knows. */
export function releaseAt(past: readonly PastRelease[], time: string): PastRelease | undefined {
  return past
    .filter(({ outcome, endedAt }) => SCHEMA_MAKERS.includes(outcome ?? '') && endedAt !== undefined && endedAt <= time)
    .sort(byEnd)
    .at(-1);
}

/** What began or ended after a moment: whatever it wrote is not in the data of then. */
export function releasesSince(past: readonly PastRelease[], time: string): PastRelease[] {
  return past
    .filter(({ kind, endedAt }) => kind !== 'restore' && (endedAt === undefined || endedAt > time))
    .sort(byEnd)
    .reverse();
}

const byEnd = (a: PastRelease, b: PastRelease) => (endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0);
const endOf = ({ endedAt }: PastRelease) => endedAt ?? '9';

/** Whole minutes, rounded up: less would sound better than it is. */
export function minutesBetween(from: string, to: string): number {
  return Math.max(0, Math.ceil((Date.parse(to) - Date.parse(from)) / 60_000));
}
