import { ReleaseError } from '../../domain/errors';
import { compareVersions } from '../../domain/versions';
import type { ChangesetVerdict } from './judge';
import { describeFinding } from './judge';

/**
 * Stops a release whose pending changesets do not get on with the versions that run: unsafe ones always, contracts
 * unless they are declared and every running version (live and standby) is at or above the declared one.
 *
 * @param running versions that run now; undefined when nobody can tell, which counts as "an old one runs"
 * @throws ReleaseError UnsafeMigration with file, line, rule and mend of every finding
 */
export function refuseIncompatible(
  verdicts: readonly ChangesetVerdict[],
  running: readonly string[] | undefined,
): void {
  const reasons = verdicts.flatMap((verdict) => {
    const standing = verdict.findings.filter((finding) => finding.waiver === undefined);
    const unsafe = standing.filter((finding) => finding.verdict === 'unsafe').map(describeFinding);
    const contracts = standing.filter((finding) => finding.verdict === 'contract');
    const refusal = contracts.length === 0 ? undefined : contractRefusal(verdict, running);
    return [
      ...unsafe,
      ...(refusal === undefined ? [] : contracts.map((finding) => `${describeFinding(finding)}; ${refusal}`)),
    ];
  });
  if (reasons.length > 0) throw new ReleaseError('UnsafeMigration', reasons.join('\n'));
}

function contractRefusal(
  { unneededSince }: ChangesetVerdict,
  running: readonly string[] | undefined,
): string | undefined {
  if (unneededSince === undefined) {
    return 'declare the first version that does without it in the changeset: "--greenroom contract unneededSince:v1.2.3"';
  }
  if (running === undefined) return 'which versions run now is not known';
  const older = running.filter((version) => compareVersions(version, unneededSince) < 0);
  return older.length === 0
    ? undefined
    : `${older.join(' and ')} still runs and needs it; ${unneededSince} is the first that does not`;
}
