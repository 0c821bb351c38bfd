import { requireNotHeld } from '../aws/gate';
import { scanReport } from '../aws/images';
import { addEvent } from '../aws/ledger';
import { notify } from '../aws/notify';
import { keepReport } from '../aws/scan-reports';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import { type JudgedScan, judgeScan, type ScanReport, wordsOfFindings } from '../domain/scan';

/** CheckImage: the scan's findings against the policy. Pending findings are asked for again, up to a deadline. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['scan']>> => {
  const { release } = state;
  // The first step after the turn: a release that waited for it may have waited through a revert.
  await requireNotHeld(release);
  const { failOn, waivers, warnDays = 0, checks } = policy().scan;
  const attempt = (state.scan?.attempt ?? 0) + 1;
  const report = await scanReport(release.digest);
  const verdict = judgeScan(report, failOn, waivers, new Date(), warnDays);
  switch (verdict.kind) {
    case 'passed':
      await record(state, 'CheckImage', report, verdict);
      await warn(state, verdict);
      return { status: 'passed', attempt, counts: verdict.counts };
    case 'findings':
      await record(state, 'ScanFindings', report, verdict);
      throw new ReleaseError(
        'ScanFindings',
        `${release.version} has ${verdict.grave.length} finding(s) at or above ${failOn}: ${wordsOfFindings(verdict)}; mend the image, or waive each with a reason and an expiry date`,
      );
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

/** The whole report is kept as an object, its summary in the ledger. */
async function record(
  { release }: ReleaseState,
  event: string,
  report: ScanReport,
  verdict: JudgedScan,
): Promise<void> {
  const { failOn } = policy().scan;
  const { counts, waived, expiring } = verdict;
  const at = new Date().toISOString();
  const kept = await keepReport(release.id, {
    release: release.id,
    digest: release.digest,
    at,
    failOn,
    verdict,
    report,
  });
  await addEvent(release.id, event, { counts, waived: waived.map(({ cve }) => cve), expiring, report: kept });
}

/** Whoever has to renew a waiver or mend its finding hears of it while there is time. */
async function warn({ release }: ReleaseState, { expiring }: JudgedScan): Promise<void> {
  if (expiring.length === 0) return;
  const subject = `${release.version} needs ${expiring.length} waiver(s) that end soon`;
  await notify(`${release.id}:waivers`, subject, { release: release.id, version: release.version, waivers: expiring });
}
