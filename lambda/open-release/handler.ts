import { readState } from '../aws/environment-state';
import { resolveTag } from '../aws/images';
import { addEvent, openRecord } from '../aws/ledger';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { publishedVersion } from '../aws/versions';
import { ReleaseError } from '../domain/errors';
import { activeFreeze } from '../domain/freeze';
import type { OpenedRelease, ReleaseState } from '../domain/release';
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
  if (kind === 'release') await requireOpen(release, request.freezeExemption);
  return release;
});

/** A revert is never kept out; a release is by a freeze (unless exempted by name and reason) and after a revert. */
async function requireOpen(release: OpenedRelease, exemption: string | undefined): Promise<void> {
  const hold = await readState('hold');
  if (hold !== null) {
    throw new ReleaseError(
      'EnvironmentHeld',
      `${policy().environment} holds new releases since ${hold.by} reverted at ${hold.at} (${hold.reason}); resume it first`,
    );
  }
  const freeze = activeFreeze(policy().freeze, await readState('freeze'), new Date());
  if (freeze === null) return;
  if (exemption === undefined) throw new ReleaseError('EnvironmentFrozen', `${policy().environment} is ${freeze}`);
  await addEvent(release.id, 'FreezeExemption', { freeze, exemption, actor: release.actor });
}
