/**
 * Every error that the workflow knows. The `name` is what Retry and Catch in the state machine match on and what
 * {@link outcomeOf} turns into the release's end.
 */
export const ERROR_NAMES = [
  'InvalidRelease',
  'UnknownVersion',
  'EnvironmentFrozen',
  'EnvironmentHeld',
  'Superseded',
  'Canceled',
  'TurnLost',
  'TurnTimedOut',
  'ScanFindings',
  'ScanUnavailable',
  'ChangelogInvalid',
  'ChangelogDrift',
  'UnsafeMigration',
  'SnapshotFailed',
  'RestoreFailed',
  'MigrationFailed',
  'VerificationFailed',
  'FleetUnhealthy',
  'SmokeTestFailed',
  'Rejected',
  'ApprovalTimedOut',
  'ApprovalVoid',
  'TrafficGuard',
  'AlarmsRinging',
  'DriftDetected',
  'RouteConflict',
  'RevertedMeanwhile',
  'RevertFloor',
  'NothingToRevertTo',
  'Transient',
] as const;

export type ErrorName = (typeof ERROR_NAMES)[number];

/**
 * An error with a name that the state machine knows and a message that says what happened, to what, and what to do.
 *
 * @example throw new ReleaseError('UnknownVersion', 'v9.9.9 is not in the repository "notes"; push the image first');
 */
export class ReleaseError extends Error {
  constructor(name: ErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/**
 * How a release may end (promise P3); `migrated` is the good end of a migration without a release, `restored` that of a
 * restore, `planned` that of its dry run.
 */
export type Outcome =
  | 'released'
  | 'rejected'
  | 'failed'
  | 'superseded'
  | 'canceled'
  | 'reverted'
  | 'migrated'
  | 'restored'
  | 'planned';

const OUTCOMES: Partial<Record<string, Outcome>> = {
  Rejected: 'rejected',
  ApprovalTimedOut: 'rejected',
  Superseded: 'superseded',
  ApprovalVoid: 'superseded',
  Canceled: 'canceled',
  TurnLost: 'reverted',
  RevertedMeanwhile: 'reverted',
};

/** The end that an error of this name leads to; anything unknown is `failed`. */
export function outcomeOf(errorName: string): Outcome {
  return OUTCOMES[errorName] ?? 'failed';
}
