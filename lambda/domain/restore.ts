import { ReleaseError } from './errors';
import type { OpenedRelease, ReleaseState } from './release';
import { isVersion, validateRequest } from './request';
import { copyName, SHORT, short, snapshotName } from './snapshot-name';

/** Where the data comes from: exactly one member. */
export interface RestoreSource {
  /** Any second within the point-in-time window, ISO 8601 with zone. */
  readonly time?: string;
  /**
   * Beside `time`: an instance that an earlier restore kept, for a moment before that restore. The one that the
   * application uses has no history of before it was made. @default - the application's
   */
  readonly instance?: string;
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
  /** Since when, ISO 8601, nobody writes any more. */
  readonly maintenance?: { readonly epoch: number; readonly at: string };
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
  /** Minutes of writes that the application would lose if it were now; what viewers write until the switch comes on top. */
  readonly lostMinutes: number;
  /** Releases that ended since then, as many as an execution's data may hold, newest first. */
  readonly releases: readonly { readonly id: string; readonly version: string; readonly outcome: string }[];
  /** Changesets that were applied since then, as far as the ledger knows. */
  readonly changesets: number;
  /** Snapshot to restore from; @default - point in time */
  readonly snapshot?: string;
  /** ARN of the snapshot in the other region, which is copied to `snapshot` first. */
  readonly copyFrom?: string;
  /** Instance whose history is replayed up to `time`; @default - the application's own */
  readonly from?: string;
  /** Of a dry run: why it would be refused. @default - it would not be */
  readonly refused?: string;
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

/** Checks a request before anything happens. @param account this environment's own @throws ReleaseError InvalidRelease saying which member is wrong */
export function validateRestore(request: RestoreRequest, account: string): void {
  const { actor, reason, version, dryRun } = request;
  const wrong = (message: string) => new ReleaseError('InvalidRelease', message);
  validateRequest({ version: 'v0.0.0', actor });
  if (typeof reason !== 'string' || reason.trim() === '') throw wrong('a restore needs a reason');
  if (version !== undefined && !isVersion(version)) {
    throw wrong(`version ${JSON.stringify(version)} is no tag of the form vX.Y.Z`);
  }
  if (dryRun !== undefined && typeof dryRun !== 'boolean') throw wrong('dryRun is true or false');
  const { time, instance, release, recoveryPoint } = request.source ?? {};
  if ([time, release, recoveryPoint].filter((each) => each !== undefined).length !== 1) {
    throw wrong('source needs exactly one of time, release and recoveryPoint');
  }
  if (time !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(time)) {
    throw wrong(`time ${JSON.stringify(time)} is no ISO 8601 time with a zone, for example 2026-11-21T08:59:00Z`);
  }
  if (time !== undefined && Number.isNaN(Date.parse(time))) throw wrong(`time ${JSON.stringify(time)} does not exist`);
  if (instance !== undefined && time === undefined) throw wrong('source has an instance only beside a time');
  if (release !== undefined && !/^[\w.+-]{1,80}$/.test(release)) {
    throw wrong(`release ${JSON.stringify(release)} is no release id`);
  }
  if (recoveryPoint !== undefined && !ARN.test(recoveryPoint)) {
    throw wrong(
      `recoveryPoint ${JSON.stringify(recoveryPoint)} is no ARN of an RDS snapshot by AWS Backup or by a release; from the point-in-time vault restore by time`,
    );
  }
  if (recoveryPoint !== undefined && recoveryPoint.split(':')[4] !== account) {
    throw wrong(
      `recoveryPoint ${recoveryPoint} is of another account than ${account}: have AWS Backup copy it into a vault of this one first, and name the copy`,
    );
  }
}

/** What a request's source means in this region. */
export type ResolvedSource =
  | { readonly kind: 'time'; readonly time: string; readonly instance?: string }
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'copy'; readonly copyFrom: string; readonly region: string; readonly snapshot: string };

/** Names the snapshot that a source means. @param region this environment's own */
export function resolveSource(source: RestoreSource, region: string): ResolvedSource {
  const { time, instance, release, recoveryPoint } = source;
  if (time !== undefined) return { kind: 'time', time: new Date(time).toISOString(), instance };
  if (release !== undefined) return { kind: 'snapshot', snapshot: snapshotName(release) };
  const [, from, snapshot] = ARN.exec(recoveryPoint as string) as unknown as [string, string, string];
  if (from === region) return { kind: 'snapshot', snapshot };
  // The same copy serves a second attempt.
  const copyFrom = recoveryPoint as string;
  return { kind: 'copy', copyFrom, region: from, snapshot: copyName(copyFrom) };
}

/** Names for a restore. An identifier has at most 63 characters. @param restore `*` stands for every restore */
export function instanceNames(main: string, restore: string): InstanceNames {
  const stem = main.slice(0, 63 - '-restored-'.length - SHORT).replace(/-+$/, '');
  const suffix = restore === '*' ? '*' : short(restore);
  return { main, before: `${stem}-before-${suffix}`, restored: `${stem}-restored-${suffix}` };
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

/**
 * A moment outside the point-in-time window is refused.
 *
 * @param kept the instance that the restore before kept, which has the history of before it
 * @throws ReleaseError InvalidRelease naming the window, and where an earlier moment can be had
 */
export function requireWithin(
  time: string,
  { from, to }: { readonly from: string; readonly to: string },
  kept?: string,
): void {
  if (time >= from && time <= to) return;
  const elsewhere = kept ? `${kept}, which a restore kept, knows what was before it (--from-instance), and ` : '';
  const mend =
    time > to
      ? 'RDS is some five minutes behind; is its zone right?'
      : `${elsewhere}there are snapshots (--recovery-point)`;
  throw new ReleaseError(
    'InvalidRelease',
    `${time} cannot be restored: the point-in-time window goes from ${from} to ${to}; ${mend}`,
  );
}

/** Only what a restore kept has the data of this application. @throws ReleaseError InvalidRelease for another one */
export function requireKept(instance: string, main: string): void {
  const { before } = instanceNames(main, '*');
  if (instance.startsWith(before.slice(0, -1)) && /^[0-9a-f]{8}$/.test(instance.slice(before.length - 1))) return;
  throw new ReleaseError(
    'InvalidRelease',
    `${instance} is none of the instances that restores keep: they are ${before}`,
  );
}

/** What an instance or a snapshot runs, as RDS words it. */
export interface EngineVersion {
  readonly Engine?: string;
  readonly EngineVersion?: string;
}

/**
 * RDS restores a snapshot with the engine that it was made by, and takes no parameter group of another major version: the
 * database of today could not be replaced by it.
 *
 * @throws ReleaseError InvalidRelease saying what to do instead
 */
export function requireSameEngine(snapshot: string, then: EngineVersion, now: EngineVersion): void {
  const [was, is] = [majorOf(then), majorOf(now)];
  if (was === undefined || is === undefined || was === is) return;
  throw new ReleaseError(
    'InvalidRelease',
    `${snapshot} is of ${was}, and the database is ${is} by now: it cannot take the other's place. Restore it beside the database by hand and take the rows from there (docs/disasters.md, "Rows from long ago")`,
  );
}

/** PostgreSQL counts majors by one number, MySQL by two. */
function majorOf({ Engine, EngineVersion: version }: EngineVersion): string | undefined {
  if (Engine === undefined || version === undefined) return undefined;
  return `${Engine} ${version
    .split('.')
    .slice(0, Engine === 'postgres' ? 1 : 2)
    .join('.')}`;
}

/** Whole minutes, rounded up: less would sound better than it is. */
export function minutesBetween(from: string, to: string): number {
  return Math.max(0, Math.ceil((Date.parse(to) - Date.parse(from)) / 60_000));
}
