import { closeApproval, openApproval } from '../aws/approvals';
import { approvalOf, recordWords, rejectionOf, tellDecision } from '../aws/decisions';
import { addEvent } from '../aws/ledger';
import { notify } from '../aws/notify';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import type { RestoreState } from '../domain/restore';

interface AwaitApprovalEvent {
  /** Of a release, or of a restore: then what it loses is known. */
  readonly state: ReleaseState & Pick<RestoreState, 'restore'>;
  /** Absent when the time to decide is over. */
  readonly token?: string;
}

/**
 * AwaitApproval: stores what is to be decided, bound to release, digest, epoch and smoke result, and tells people. Of a
 * restore they are told what it loses. Without a token it finds out whether somebody decided in the very last moment.
 */
export const handler = step(async ({ state, token }: AwaitApprovalEvent): Promise<object | undefined> => {
  const { release, smoke, restore } = state;
  await requireTurn(state);
  if (token === undefined) return decidedInTime(state);
  const standing = await openApproval({
    release: release.id,
    token,
    digest: release.digest,
    requester: release.actor,
    epoch: smoke?.epoch ?? 0,
    smokeChecks: smoke?.checks ?? 0,
    needed: policy().approval.approvers ?? 1,
  });
  await addEvent(release.id, 'AwaitApproval', {
    epoch: smoke?.epoch,
    digest: release.digest,
    smokeChecks: smoke?.checks,
  });
  const { decision } = standing;
  if (decision !== undefined) {
    await recordWords(standing);
    await tellDecision(token, decision, smoke?.epoch ?? 0);
    return undefined;
  }
  const what = restore === undefined ? release.version : 'a restore of the database';
  await notify(`${release.id}:approval`, `${what} waits for approval`, {
    release: release.id,
    version: release.version,
    requester: release.actor,
    ...(restore && { time: restore.time, lostMinutes: restore.lostMinutes, lostReleases: restore.releases }),
  });
  return undefined;
});

/**
 * What was written down before the time was over counts, though the release could not be told any more.
 *
 * @throws ReleaseError Rejected; or ApprovalTimedOut, in the words of the state machine
 */
async function decidedInTime({ release, smoke, error }: AwaitApprovalEvent['state']): Promise<object> {
  const standing = await closeApproval(release.id);
  // Whoever wrote it down may have died before the release's events say so.
  if (standing !== undefined) await recordWords(standing);
  const decision = standing?.decision;
  if (decision?.decision === 'approve') return approvalOf(decision, smoke?.epoch ?? 0);
  if (decision !== undefined) throw new ReleaseError('Rejected', rejectionOf(decision));
  throw new ReleaseError('ApprovalTimedOut', error?.Cause ?? 'nobody decided in time');
}
