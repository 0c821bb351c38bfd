import type { Color } from './color';
import type { Outcome } from './errors';
import type { RollbackWish } from './migration';
import type { MigrationTaskState } from './migration-task';
import type { SeverityCounts } from './scan';

/** What somebody asks for when starting an execution of the release state machine. */
export interface ReleaseRequest {
  /** The tag to release, `vX.Y.Z`. */
  readonly version: string;
  /** Who asked, as the caller claims it (for example a GitHub login). */
  readonly actor: string;
  /** The commit that the tag points at, forty hex digits. @default - not recorded */
  readonly commit?: string;
  /** `revert` is the cold revert: no migration, no approval. @default 'release' */
  readonly kind?: 'release' | 'revert';
  /** Why; required for a revert. */
  readonly reason?: string;
  /** For a revert: the task definition revision recorded for the version. */
  readonly taskDefinition?: string;
  /** Lets a version below the revert floor through, with the reason; recorded. */
  readonly floorExemption?: string;
}

/** The state that travels through the state machine: each step reads it whole and adds the member of its own name. */
export interface ReleaseState {
  readonly request: ReleaseRequest;
  readonly execution: { readonly arn: string; readonly name: string; readonly startedAt: string };
  readonly release: OpenedRelease;
  readonly turn: { readonly number: number };
  readonly scan?: { readonly status: 'pending' | 'passed'; readonly attempt: number; readonly counts?: SeverityCounts };
  readonly running?: RunningVersions;
  readonly plan?: MigrationPlan;
  readonly snapshot?: { readonly id: string; readonly status: 'pending' | 'available'; readonly attempt: number };
  readonly readOnly?: { readonly maintenance: string; readonly epoch: number };
  /** Only where migrations run as a Fargate task. */
  readonly task?: MigrationTaskState;
  readonly migration?: MigrationProgress;
  readonly verification?: { readonly checks: number };
  readonly idle?: IdleDeployment;
  readonly health?: { readonly healthy: boolean; readonly attempt: number; readonly detail: string };
  readonly smoke?: { readonly checks: number; readonly epoch: number };
  readonly approval?: { readonly by: string; readonly at: string; readonly epoch: number };
  readonly cutover?: { readonly epoch: number; /** When its alarms were looked at, ISO 8601. */ readonly at?: string };
  readonly shift?: ShiftProgress;
  readonly bake?: { readonly done: boolean; readonly checks: number };
  readonly error?: { readonly Error: string; readonly Cause: string };
}

/** `revert` is the cold revert, `migration` a migration without a release, `restore` a restore of the database. */
export type ReleaseKind = 'release' | 'revert' | 'migration' | 'restore';

/** The release as OpenRelease recorded it; nothing of it changes afterwards. */
export interface OpenedRelease {
  /** The execution's name. */
  readonly id: string;
  readonly kind: ReleaseKind;
  readonly version: string;
  readonly digest: string;
  readonly actor: string;
  readonly commit?: string;
  /** Where the version's changelog lies in the artifact bucket. */
  readonly changelog: ChangelogReference;
  /** For a revert: the recorded task definition to run again. */
  readonly taskDefinition?: string;
  /** For a migration that rolls back: how far. */
  readonly rollback?: RollbackWish;
}

/** A version's changelog: an object in the artifact bucket and the SHA-256 of its bytes. */
export interface ChangelogReference {
  readonly key: string;
  readonly sha256: string;
  /** Root changelog inside the object. @default - the one that the object names */
  readonly root?: string;
}

/** What PlanMigrations found for this version's changelog. */
export interface MigrationPlan {
  readonly pending: number;
  /** The worst verdict of the pending changesets; `none` when nothing is pending. */
  readonly verdict: 'none' | 'expand' | 'contract' | 'unsafe';
  /** The first pending changesets as `path::id::author`, in order, as many as an execution's data may hold. */
  readonly changesets: readonly string[];
  /** Pending changesets without a word about their rollback. */
  readonly withoutRollback: number;
  /** The highest version that a pending contract changeset declares as the first to do without what it removes. */
  readonly revertFloor?: string;
}

/** Versions that use the database while it is migrated: live and standby, or the one fleet's. */
export interface RunningVersions {
  readonly versions: readonly string[];
  /** Releases that run, but whose version nobody knows: no contract migration gets past them. @default - none */
  readonly unknown?: readonly string[];
}

/** Progress of Migrate; it is invoked again until `done`. */
export interface MigrationProgress {
  readonly done: boolean;
  /** Changesets applied by this release so far. */
  readonly applied: number;
  readonly remaining: number;
  /** The first of them as `path::id::author`, in order, as many as an execution's data may hold. */
  readonly changesets: readonly string[];
}

/** What DeployIdle did. */
export interface IdleDeployment {
  readonly color: Color;
  readonly taskDefinition: string;
  readonly desired: number;
  /** The route's epoch after the standby was given up. */
  readonly epoch: number;
}

/** Progress of ShiftTraffic: the share written last, and alarm checks made at it. */
export interface ShiftProgress {
  readonly percent: number;
  readonly checks: number;
  readonly epoch: number;
  readonly done: boolean;
}

/** What RecoverRelease and CompleteRelease report as the end. */
export interface ReleaseEnd {
  readonly outcome: Outcome;
  readonly reason: string;
}
