import { changeApproval, readApproval } from '../aws/approvals';
import { recordWords, tellDecision } from '../aws/decisions';
import { readRecord } from '../aws/ledger';
import { people } from '../aws/people';
import { policy } from '../aws/settings';
import { addApproval, type Approval, refusal, reject } from '../domain/approval';
import { type Outcome, ReleaseError } from '../domain/errors';
import type { Actor } from '../domain/people';

export interface DecideRequest {
  readonly release: string;
  readonly decision: 'approve' | 'reject';
  /** Claimed name; an authenticated caller's own identity wins over it. */
  readonly by?: string;
  /** Needed to reject. */
  readonly reason?: string;
}

export interface DecideResult {
  readonly release: string;
  readonly decision: 'approve' | 'reject';
  /** Who decided; all who approved so far. */
  readonly by: string;
  /** False when the same person had decided the same before. */
  readonly first: boolean;
  /** So many approvals are still missing; 0 once it is decided. */
  readonly missing: number;
}

/**
 * Somebody approves or rejects a release that waits. A second click is harmless, and so is one after somebody else
 * decided the same.
 *
 * @throws ReleaseError ApprovalVoid when the release does not wait, or was decided otherwise; InvalidRelease when this
 *   person may not
 */
export async function decide({ release, decision, reason }: DecideRequest, actor: Actor): Promise<DecideResult> {
  if (decision !== 'approve' && decision !== 'reject') {
    throw new ReleaseError('InvalidRelease', `decision ${JSON.stringify(decision)} is neither "approve" nor "reject"`);
  }
  if (decision === 'reject' && !reason) throw new ReleaseError('InvalidRelease', 'a rejection needs a reason');
  const known = await requireOpen(release);
  const listed = people();
  const no = decision === 'approve' ? refusal(policy().approval, listed, actor, known) : null;
  if (no !== null) throw new ReleaseError('InvalidRelease', no);

  const at = new Date().toISOString();
  let first = false;
  const standing = await changeApproval(release, (current = known) => {
    const changed =
      decision === 'approve' ? addApproval(current, actor, listed, at) : reject(current, actor, reason as string, at);
    first = changed !== current;
    return changed;
  });
  const made = standing.decision;
  if (made === undefined && standing.closedAt !== undefined) {
    throw new ReleaseError(
      'ApprovalVoid',
      `the time to decide about ${release} was over at ${standing.closedAt}; release the version again`,
    );
  }
  if (made !== undefined && made.decision !== decision) {
    throw new ReleaseError(
      'ApprovalVoid',
      `${made.by} decided to ${made.decision} ${release} at ${made.at} already; ${decision === 'reject' ? 'to stop it all the same, cancel it' : 'release the version again'}`,
    );
  }
  // Before the release is told: it goes on, and nobody clicks again.
  await recordWords(standing);
  // The token was read after the decision: a release that puts its question again meanwhile has either renewed it before,
  // and is told by it, or finds the decision. So does one whose time to decide was over meanwhile: only one that somebody
  // has brought to another end never hears of it.
  const told = made === undefined || (await tellDecision(standing.token, made, standing.epoch));
  if (!told) await requireNoOtherEnd(release, decision);
  const by = made?.by ?? standing.approvals.map((each) => each.by).join(', ');
  return { release, decision, by, first, missing: made ? 0 : standing.needed - standing.approvals.length };
}

/** @throws ReleaseError ApprovalVoid unless the release was asked for and has neither ended nor is about to */
async function requireOpen(release: string): Promise<Approval> {
  const [approval, end] = await Promise.all([readApproval(release), endOf(release)]);
  if (approval === undefined) throw new ReleaseError('ApprovalVoid', `${release} does not wait for an approval`);
  if (end === undefined || approval.decision !== undefined) return approval;
  throw approvalVoid(release, end);
}

/** Ends that a decision leads to. */
const FOLLOWS: Record<DecideRequest['decision'], readonly Outcome[]> = {
  approve: ['released', 'restored'],
  reject: ['rejected'],
};

/** @throws ReleaseError ApprovalVoid when the release ends, but not by this decision */
async function requireNoOtherEnd(release: string, decision: DecideRequest['decision']): Promise<void> {
  const end = await endOf(release);
  if (end === undefined || FOLLOWS[decision].includes(end)) return;
  throw approvalVoid(release, end);
}

/** How a release has ended or is about to; undefined while it goes on. */
async function endOf(release: string): Promise<Outcome | undefined> {
  const record = await readRecord(release);
  return record?.outcome ?? record?.stop?.outcome;
}

function approvalVoid(release: string, end: Outcome): ReleaseError {
  return new ReleaseError('ApprovalVoid', `${release} is ${end}: its approval is void; release the version again`);
}
