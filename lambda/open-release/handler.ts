import { readState } from '../aws/environment-state';
import { requireNoFreeze, requireNotHeld } from '../aws/gate';
import { resolveTag, runnableDigest } from '../aws/images';
import { addEvent, openRecord } from '../aws/ledger';
import { people } from '../aws/people';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { publishedVersion } from '../aws/versions';
import { ReleaseError } from '../domain/errors';
import { isBelow, requireFloor } from '../domain/floor';
import { findPerson } from '../domain/people';
import { requireProvenance } from '../domain/provenance';
import type { OpenedRelease, ReleaseRequest, ReleaseState } from '../domain/release';
import { validateRequest } from '../domain/request';

/** OpenRelease: the request is valid, the tag resolves to one digest, nothing keeps releases out, the ledger knows. */
export const handler = step(async (state: Pick<ReleaseState, 'request' | 'execution'>): Promise<OpenedRelease> => {
  const { request, execution } = state;
  validateRequest(request);
  requireKnownRequester(request);
  const kind = request.kind ?? 'release';
  const tagged = await resolveTag(request.version);
  const digest = await runnableDigest(tagged);
  const published = await publishedVersion(request.version);
  if (published.digest !== tagged && published.digest !== digest) {
    throw new ReleaseError(
      'InvalidRelease',
      `${request.version} was published as ${published.digest}, but its tag now resolves to ${tagged}; publish a new version`,
    );
  }
  const { provenance } = policy();
  if (kind === 'revert') await requireWasLive(request, digest);
  else if (provenance !== undefined) requireProvenance(provenance, request.version, published);
  const release: OpenedRelease = {
    id: execution.name,
    kind,
    version: request.version,
    digest,
    actor: request.actor,
    commit: published.commit ?? request.commit,
    changelog: published.changelog,
    taskDefinition: request.taskDefinition,
  };
  await openRecord({ ...release, execution: execution.arn, startedAt: execution.startedAt });
  const { workflow, run } = published.provenance ?? {};
  await addEvent(release.id, 'OpenRelease', { version: release.version, digest, actor: release.actor, workflow, run });
  await requireNotHeld(release);
  await requireAboveFloor(release, request.floorExemption);
  if (kind === 'release') await requireNoFreeze(release);
  return release;
});

/** Said at once, and not when somebody wants to approve after all the work. A revert is approved by nobody. */
function requireKnownRequester({ actor, kind }: ReleaseRequest): void {
  const { approval, environment } = policy();
  const listed = people();
  if (kind === 'revert' || !approval.required || approval.allowRequester || listed.length === 0) return;
  if (findPerson(listed, actor) !== undefined) return;
  throw new ReleaseError(
    'InvalidRelease',
    `${actor} is none of the people in the configuration of ${environment}, so that nobody could tell who else may approve; add it to "people"`,
  );
}

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
