import { ReleaseError } from './errors';
import { compareVersions } from './versions';

/**
 * The lowest version that the schema still carries: contract migrations took away what older ones need. It is raised
 * before the first of them is applied and never lowered by the workflow.
 */
export interface RevertFloor {
  readonly version: string;
  /** The release that raised it. */
  readonly release: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Whether a version needs what contract migrations took away. */
export function isBelow(floor: RevertFloor | null, version: string): floor is RevertFloor {
  return floor !== null && compareVersions(version, floor.version) < 0;
}

/** @throws ReleaseError RevertFloor naming floor and version, unless the version is at or above the floor */
export function requireFloor(floor: RevertFloor | null, version: string, wayOut: string): void {
  if (!isBelow(floor, version)) return;
  throw new ReleaseError(
    'RevertFloor',
    `${version} is below the revert floor ${floor.version}: ${floor.release} took away what older versions need of the database (${floor.at}); ${wayOut}`,
  );
}
