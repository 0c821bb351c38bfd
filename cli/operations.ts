import type { EnvironmentPlaces, EnvironmentStatus, ReleaseHistory } from '../lambda/inspect/read';
import type { Act } from '../lambda/aws/acts';
import type { ReleaseRecord } from '../lambda/aws/ledger';
import type { Cloud } from './cloud';
import type { Session } from './session';

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

/** What was done to the environment after the act with this id, the oldest first. */
export async function readActs(cloud: Cloud, after: string | undefined): Promise<readonly Act[]> {
  const all: Act[] = [];
  for (let last = after; ; last = all.at(-1)?.id) {
    const { acts } = await cloud.invoke<{ acts: Act[] }>('inspect', { action: 'acts', after: last }, READS);
    all.push(...acts);
    if (acts.length === 0) return all;
  }
}

/** What the ledger says of one release. */
export function readRelease(cloud: Cloud, release: string): Promise<ReleaseHistory> {
  return cloud.invoke('inspect', { action: 'events', release }, READS);
}

/** ARN of a release's execution: its name is the release id. */
export function executionArn(stateMachineArn: string, release: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${release}`;
}

/** Lets a version through a freeze for a day. @param reason nothing is done without one */
export async function exempt(session: Session, version: string, reason: string | undefined): Promise<void> {
  if (reason === undefined) return;
  await session.act('operate', { action: 'exempt', version, reason });
  session.terminal.err(`${version} is let through freezes for a day`);
}
