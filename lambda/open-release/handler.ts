import { readState } from '../aws/environment-state';
import { requireNotHeld } from '../aws/gate';
import { resolveTag } from '../aws/images';
import { addEvent, openRecord } from '../aws/ledger';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { publishedVersion } from '../aws/versions';
import { ReleaseError } from '../domain/errors';
import { isBelow, requireFloor } from '../domain/floor';
import { activeFreeze } from '../domain/freeze';
import type { OpenedRelease, ReleaseRequest, ReleaseState } from '../domain/release';
import { validateRequest } from '../domain/request';

/** OpenRelease: the request is valid, the tag resolves to one digest, nothing keeps releases out, the ledger knows. */
export const handler = step(async (state: Pick<ReleaseState, 'request' | 'execution'>): Promise<OpenedRelease> => {
  const { request, execution } = state;
  validateRequest(request);
  const kind = request.kind ?? 'release';
  const digest = await resolveTag(request.version);
  const published = await publishedVersion(request.version);
  if (published.digest !== digest) {
    throw new ReleaseError(
      'InvalidRelease',
      `${request.version} was published as ${published.digest}, but its tag now resolves to ${digest}; publish the version again`,
    );
  }
  if (kind === 'revert') await requireWasLive(request, digest);
  const release: OpenedRelease = {
    id: execution.name,
    kind,
    version: request.version,
    digest,
    actor: request.actor,
    commit: request.commit ?? published.commit,
    changelog: published.changelog,
    taskDefinition: request.taskDefinition,
  };
  await openRecord({ ...release, execution: execution.arn, startedAt: execution.startedAt });
  await addEvent(release.id, 'OpenRelease', { version: release.version, digest, actor: release.actor });
  await requireNotHeld(release);
  await requireAboveFloor(release, request.floorExemption);
  if (kind === 'release') await requireNoFreeze(release, request.freezeExemption);
  return release;
});

/** A revert passes scan, approval and freeze by: only what the ledger knows as live may come back that way. */
async function requireWasLive({ version, taskDefinition }: ReleaseRequest, digest: string): Promise<void> {
  const live = await readState('live');
  const known = [live, live?.previous].some(
    (each) => each?.version === version && each.digest === digest && each.taskDefinition === taskDefinition,
  );
  if (known) return;
  throw new ReleaseError(
    'InvalidRelease',
    `${version} with ${taskDefinition} was not live here, so that nobody can revert to it; release it instead`,
  );
}

/** Below the floor the schema lacks what the version needs, whether it is released or reverted to. */
async function requireAboveFloor({ id, version, actor }: OpenedRelease, exemption: string | undefined): Promise<void> {
  const floor = await readState('floor');
  if (!isBelow(floor, version)) return;
  if (exemption === undefined) requireFloor(floor, version, 'mend forward with a newer version');
  await addEvent(id, 'FloorExemption', { version, floor: floor.version, exemption, actor });
}

/** A revert is never kept out; a release is by a freeze, unless exempted by name and reason. */
async function requireNoFreeze(release: OpenedRelease, exemption: string | undefined): Promise<void> {
  const freeze = activeFreeze(policy().freeze, await readState('freeze'), new Date());
  if (freeze === null) return;
  if (exemption === undefined) throw new ReleaseError('EnvironmentFrozen', `${policy().environment} is ${freeze}`);
  await addEvent(release.id, 'FreezeExemption', { freeze, exemption, actor: release.actor });
}
