import { type Approval, type Decision, readApproval, recordDecision } from '../aws/approvals';
import { tellDecision } from '../aws/decisions';
import { addEvent } from '../aws/ledger';
import { type Caller, forPeople } from '../aws/operator';
import { policy } from '../aws/settings';
import { ReleaseError } from '../domain/errors';

interface DecideRequest {
  readonly release: string;
  readonly decision: 'approve' | 'reject';
  /** Claimed name; an authenticated caller's own identity wins over it. */
  readonly by?: string;
  /** Needed to reject. */
  readonly reason?: string;
}

/** Decide: QA approves or rejects a release that waits. A second click is harmless. */
export const handler = forPeople(decide);

async function decide(request: DecideRequest, caller: () => Caller) {
  const { release, decision, reason } = request;
  const by = caller();
  if (decision !== 'approve' && decision !== 'reject') {
    throw new ReleaseError('InvalidRelease', `decision ${JSON.stringify(decision)} is neither "approve" nor "reject"`);
  }
  if (decision === 'reject' && !reason) throw new ReleaseError('InvalidRelease', 'a rejection needs a reason');
  const approval = await readApproval(release);
  if (approval === undefined) throw new ReleaseError('ApprovalVoid', `${release} does not wait for an approval`);
  if (decision === 'approve' && !policy().approval.allowRequester && by.name === approval.requester) {
    throw new ReleaseError(
      'InvalidRelease',
      `${by.name} asked for ${release} and may not approve it; somebody else has to`,
    );
  }
  const made: Decision = { decision, by: by.name, at: new Date().toISOString(), reason };
  const first = await recordDecision(release, made);
  // Read after the decision: a release that puts its question again meanwhile has either renewed the token before, and
  // is told by it, or finds the decision.
  const standing = (await readApproval(release)) as Approval & Decision;
  if (standing.decision !== decision) {
    throw new ReleaseError(
      'ApprovalVoid',
      `${standing.by} decided to ${standing.decision} ${release} at ${standing.at} already`,
    );
  }
  const told = await tellDecision(standing.token, standing, standing.epoch);
  if (first) await addEvent(release, 'Decision', { ...made, identity: by.source });
  if (first && !told)
    throw new ReleaseError(
      'ApprovalVoid',
      `${release} does not wait at the moment; the decision counts only if it asks again`,
    );
  return { release, decision, by: standing.by, first };
}
