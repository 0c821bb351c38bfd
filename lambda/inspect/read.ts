import { type Hold, type LiveVersion, type MaintenanceOrder, readState } from '../aws/environment-state';
import { type Act, listActs } from '../aws/acts';
import { type LedgerEvent, listRecords, readRecord, type ReleaseRecord } from '../aws/ledger';
import { listEvents } from '../aws/release-events';
import { readRoute } from '../aws/route-store';
import { hasSetting, policy, setting } from '../aws/settings';
import { readTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { DriftReport } from '../domain/drift';
import type { RevertFloor } from '../domain/floor';
import { activeFreeze } from '../domain/freeze';
import type { Route } from '../domain/route';

/** How an environment stands. */
export interface EnvironmentStatus {
  readonly environment: string;
  /** null before the first release, and in an environment with one fleet. */
  readonly route: (Omit<Route, 'preview'> & { readonly preview: { readonly release: string } | null }) | null;
  readonly turn: { readonly number: number; readonly holder: string | null; readonly waiting: readonly string[] };
  readonly hold: Hold | null;
  /** What keeps releases out, in words. */
  readonly frozen: string | null;
  readonly live: LiveVersion | null;
  /** No version below it can be released or reverted to. */
  readonly floor: RevertFloor | null;
  /** Who set the maintenance state of the route, and why; null while nobody has. */
  readonly maintenance: MaintenanceOrder | null;
  /** What the drift guard found last; null before its first look. */
  readonly drift: DriftReport | null;
  /** The newest first, at most ten. */
  readonly releases: readonly ReleaseRecord[];
}

/** Where an environment's parts are, for whoever works on it from outside. */
export interface EnvironmentPlaces {
  readonly stateMachineArn: string;
  readonly migrationMachineArn: string;
  /** null in an environment with one fleet. */
  readonly restoreMachineArn: string | null;
  readonly artifactBucket: string;
  /** Where viewers find the application. */
  readonly url: string;
  /** The secret that preview credentials are made with; null in an environment with one fleet. */
  readonly previewKeyArn: string | null;
}

/** A release, or what is known of it so far. */
export interface ReleaseHistory {
  /** null when the ledger does not know the release (yet). */
  readonly record: ReleaseRecord | null;
  readonly events: readonly LedgerEvent[];
}

/** An answer of a function has at most 6 MB, a record some kilobytes. */
const MOST_RECORDS = 500;

export async function environmentStatus(): Promise<EnvironmentStatus> {
  const [route, turn, hold, freeze, live, floor, maintenance, drift, releases] = await Promise.all([
    // An environment with one fleet has no route.
    hasSetting('ROUTE_STORE_ARN') ? readRoute() : null,
    readTurn(),
    readState('hold'),
    readState('freeze'),
    readState('live'),
    readState('floor'),
    readState('maintenance'),
    readState('drift'),
    listRecords(10),
  ]);
  return {
    environment: policy().environment,
    // The hash of the preview credential is nobody's business.
    route: route && { ...route, preview: route.preview && { release: route.preview.release } },
    turn: {
      number: turn.number,
      holder: turn.holder?.release ?? null,
      waiting: turn.waiting.map(({ release }) => release),
    },
    hold,
    frozen: activeFreeze(policy().freeze, freeze, new Date()),
    live,
    floor,
    maintenance,
    drift,
    releases,
  };
}

/** The newest releases first. */
export async function history(limit = 20): Promise<{ readonly releases: readonly ReleaseRecord[] }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_RECORDS) {
    throw new ReleaseError('InvalidRelease', `limit ${limit} is no whole number from 1 to ${MOST_RECORDS}`);
  }
  return { releases: await listRecords(limit) };
}

/** The record is read first: when it says that the release has ended, no event that came before is missing. */
export async function releaseHistory(release: string): Promise<ReleaseHistory> {
  const record = await readRecord(release);
  return { record: record ?? null, events: await listEvents(release) };
}

/** What was done to the environment, the oldest first: at most so many at once, ask again after the last one. */
export async function acts(after: string | undefined): Promise<{ readonly acts: readonly Act[] }> {
  return { acts: await listActs(after, MOST_RECORDS) };
}

export function places(): EnvironmentPlaces {
  return {
    stateMachineArn: setting('STATE_MACHINE_ARN'),
    migrationMachineArn: setting('MIGRATION_MACHINE_ARN'),
    restoreMachineArn: hasSetting('RESTORE_MACHINE_ARN') ? setting('RESTORE_MACHINE_ARN') : null,
    artifactBucket: setting('ARTIFACT_BUCKET'),
    url: setting('EDGE_URL'),
    previewKeyArn: hasSetting('PREVIEW_KEY_ARN') ? setting('PREVIEW_KEY_ARN') : null,
  };
}
