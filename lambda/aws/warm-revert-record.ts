import type { Route } from '../domain/route';
import type { LiveVersion } from './environment-state';
import { ReleaseError } from '../domain/errors';
import { readRecord, type ReleaseRecord } from './ledger';

/** Whether the route stands as a warm revert left it: its writer is no release. */
export function isWarmRevert({ writer }: Route): boolean {
  return writer.nonce === writer.release;
}

/**
 * A revert that could write nothing but the route could not hold releases either; one that came over it now would make
 * it unknown for good.
 *
 * @throws ReleaseError EnvironmentHeld
 */
export async function requireRevertRecorded(route: Route): Promise<void> {
  if (!isWarmRevert(route) || (await readRecord(route.writer.release)) !== undefined) return;
  throw new ReleaseError(
    'EnvironmentHeld',
    `viewers were sent back (${route.writer.release}), which the ledger does not have yet; the sweep writes it down within minutes, release again after that`,
  );
}

/** The id of the warm revert that moved the route, which is its writer's name and nonce; without one it is made up. */
function idOf(route: Route): string {
  const { writer, moved, releases, live } = route;
  return isWarmRevert(route) ? writer.release : warmRevertId(moved - 1, releases[live]);
}

/** @param epoch the route's before the revert */
export function warmRevertId(epoch: number, to: string | null): string {
  return `revert-${epoch}-to-${to}`.slice(0, 80);
}

/**
 * The record of a warm revert: it has no execution, and is recorded with its end, in one write.
 *
 * @param back the version that viewers get again
 * @param left the version that they got, if the ledger knew
 * @param askedAt when somebody asked for it, ISO 8601. @default - now
 */
export function warmRevertRecord(
  route: Route,
  back: Pick<LiveVersion, 'version' | 'digest' | 'taskDefinition'>,
  left: string | undefined,
  why: string,
  askedAt?: string,
): ReleaseRecord {
  const now = new Date().toISOString();
  const { version, digest, taskDefinition } = back;
  return {
    id: idOf(route),
    kind: 'revert',
    version,
    digest,
    taskDefinition,
    actor: why,
    changelog: { key: '', sha256: '' },
    execution: '',
    startedAt: askedAt ?? now,
    outcome: 'released',
    reason: `reverted from ${left ?? 'an unknown version'} to ${version} by ${why}`,
    endedAt: now,
  };
}
