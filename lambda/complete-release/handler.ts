import { finishRelease } from '../aws/completion';
import { endRecord } from '../aws/ledger';
import { requireRoute } from '../aws/route-store';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { ReleaseEnd, ReleaseState } from '../domain/release';

/**
 * CompleteRelease: only while the route is still the release's own. The end is recorded before anything else is done:
 * from there on whatever fails is finished later, and never takes a good release back.
 */
export const handler = step(async (state: ReleaseState): Promise<ReleaseEnd> => {
  const { release, shift } = state;
  const route = await requireRoute();
  if (route.moved !== shift?.epoch) {
    throw new ReleaseError(
      'RevertedMeanwhile',
      `somebody moved the route (epoch ${route.moved}) before ${release.id} was complete`,
    );
  }
  const reason = release.kind === 'revert' ? `${release.version} is live again` : `${release.version} is live`;
  const record = await endRecord(release.id, 'released', reason);
  if (record.outcome !== 'released') {
    throw new ReleaseError('RevertedMeanwhile', record.stop?.reason ?? `${release.id} ended as ${record.outcome}`);
  }
  await finishRelease(record);
  await leaveTurn(release.id);
  await tellEnd(record);
  return { outcome: 'released', reason };
});
