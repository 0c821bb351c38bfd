import { ReleaseError } from './errors';
import type { ReleaseState } from './release';
import { requireObject, validateRequest } from './request';

/** What somebody asks for when starting an execution of the migration state machine. */
export interface MigrationRequest {
  /** `release-locks` frees what a dead migrator left in the database. */
  readonly action: 'update' | 'rollback' | 'release-locks';
  /** The published version whose changelog is used; for a rollback one that knows what is to be taken back. */
  readonly version: string;
  /** Root changelog inside the version's artifact. @default - the one that releases use */
  readonly changelogFile?: string;
  /** How far a rollback goes: to a tag, by a number of changesets, or one release's own. Exactly one. */
  readonly tag?: string;
  readonly count?: number;
  readonly release?: string;
  /** With `release-locks`: also a lock that is not of a runner of this environment. @default false */
  readonly force?: boolean;
  /** Who asked, as the caller claims it. */
  readonly actor: string;
  readonly reason: string;
}

/** How far a rollback goes, with a release's list already looked up. */
export type RollbackWish =
  | { readonly tag: string }
  | { readonly count: number }
  | { readonly changesets: readonly string[] };

/** What was found and freed of a migrator's locks. */
export interface FreedLocks {
  /** Who held the row of DATABASECHANGELOGLOCK, and since when; absent when nobody did. */
  readonly row?: { readonly holder: string; readonly since: string };
  /** The server's session that held the session lock and was ended; absent when there was none. */
  readonly session?: number;
}

/** The state that travels through the migration state machine. */
export type MigrationState = Omit<ReleaseState, 'request'> & {
  readonly request: MigrationRequest;
  /** What ReleaseLocks freed. */
  readonly locks?: FreedLocks;
};

const ACTIONS: readonly MigrationRequest['action'][] = ['update', 'rollback', 'release-locks'];

/** Checks a request before anything happens. @throws ReleaseError InvalidRelease saying which member is wrong */
export function validateMigration(request: MigrationRequest): void {
  requireObject(request);
  const { action, version, actor, reason, changelogFile, tag, count, release, force } = request;
  validateRequest({ version, actor });
  const wrong = (message: string) => new ReleaseError('InvalidRelease', message);
  if (!ACTIONS.includes(action)) {
    throw wrong(`action ${JSON.stringify(action)} is none of ${ACTIONS.join(', ')}`);
  }
  if (typeof reason !== 'string' || reason.trim() === '') throw wrong('a migration needs a reason');
  if (changelogFile !== undefined && !/^[^/\\].{0,200}\.(sql|ya?ml|json)$/i.test(changelogFile)) {
    throw wrong(`changelogFile ${JSON.stringify(changelogFile)} is no path of a changelog inside the artifact`);
  }
  const targets = [tag, count, release].filter((each) => each !== undefined).length;
  if (action !== 'rollback' && targets > 0) throw wrong('tag, count and release are for a rollback');
  if (action === 'rollback' && targets !== 1) throw wrong('a rollback needs exactly one of tag, count and release');
  if (force !== undefined && (action !== 'release-locks' || typeof force !== 'boolean')) {
    throw wrong('force is true or false, and for release-locks');
  }
  if (tag === '') throw wrong('the tag is empty');
  if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
    throw wrong(`count ${JSON.stringify(count)} is no whole number above 0`);
  }
}
