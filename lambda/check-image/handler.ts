import { requireNotHeld } from '../aws/gate';
import { scanReport } from '../aws/images';
import { addEvent } from '../aws/ledger';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import { judgeScan } from '../domain/scan';

/** CheckImage: the scan's findings against the policy. Pending findings are asked for again, up to a deadline. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['scan']>> => {
  const { release } = state;
  // The first step after the turn: a release that waited for it may have waited through a revert.
  await requireNotHeld(release);
  const { failOn, waivers, checks } = policy().scan;
  const attempt = (state.scan?.attempt ?? 0) + 1;
  const verdict = judgeScan(await scanReport(release.digest), failOn, waivers, new Date());
  switch (verdict.kind) {
    case 'passed':
      await addEvent(release.id, 'CheckImage', { counts: verdict.counts });
      return { status: 'passed', attempt, counts: verdict.counts };
    case 'findings': {
      const named = verdict.grave.slice(0, 5).map((finding) => `${finding.id} (${finding.severity})`);
      const more = verdict.grave.length > named.length ? ` and ${verdict.grave.length - named.length} more` : '';
      throw new ReleaseError(
        'ScanFindings',
        `${release.version} has ${verdict.grave.length} finding(s) at or above ${failOn}: ${named.join(', ')}${more}; mend the image, or waive each with a reason and an expiry date`,
      );
    }
    case 'unavailable':
      throw new ReleaseError(
        'ScanUnavailable',
        `${release.version} cannot be judged: ${verdict.reason}; a missing scan never counts as clean`,
      );
    case 'pending':
      if (attempt < checks) return { status: 'pending', attempt };
      throw new ReleaseError(
        'ScanUnavailable',
        `${release.version} has no findings after ${attempt} checks: ${verdict.reason}`,
      );
  }
});
