import type { EnvironmentPlaces, EnvironmentStatus, ReleaseHistory } from '../lambda/inspect/read';
import type { ReleaseRecord } from '../lambda/aws/ledger';
import type { Cloud } from './cloud';

const READS = { reads: true } as const;

/** How the environment stands. */
export function readStatus(cloud: Cloud): Promise<EnvironmentStatus> {
  return cloud.invoke('inspect', { action: 'status' }, READS);
}

/** Where its state machine, artifacts and viewers are. */
export function readPlaces(cloud: Cloud): Promise<EnvironmentPlaces> {
  return cloud.invoke('inspect', { action: 'places' }, READS);
}

/** The newest releases first. */
export async function readHistory(cloud: Cloud, limit: number): Promise<readonly ReleaseRecord[]> {
  const { releases } = await cloud.invoke<{ releases: ReleaseRecord[] }>(
    'inspect',
    { action: 'history', limit },
    READS,
  );
  return releases;
}

/** What the ledger says of one release. */
export function readRelease(cloud: Cloud, release: string): Promise<ReleaseHistory> {
  return cloud.invoke('inspect', { action: 'events', release }, READS);
}

/** ARN of a release's execution: its name is the release id. */
export function executionArn(stateMachineArn: string, release: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${release}`;
}
