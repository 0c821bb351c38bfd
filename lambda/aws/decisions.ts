import type { Approval, Decision } from '../domain/approval';
import { answerToken, failToken } from './executions';
import { addEvent } from './ledger';

/** Tells the release that waits with this token. @returns false when it does not wait any more. */
export async function tellDecision(token: string, decision: Decision, epoch: number): Promise<boolean> {
  if (decision.decision === 'approve') return answerToken(token, approvalOf(decision, epoch));
  return failToken(token, 'Rejected', rejectionOf(decision));
}

/** What a release that was approved keeps of it. */
export function approvalOf({ by, at }: Decision, epoch: number): object {
  return { by, at, epoch };
}

/** Why a release ends that was rejected. */
export function rejectionOf({ by, reason }: Decision): string {
  return `rejected by ${by}: ${reason}`;
}

/** Each person's word is an event of the release; whoever comes next completes what an earlier click could not write. */
export async function recordWords({
  release,
  approvals,
  digest,
  epoch,
  smokeChecks,
  decision,
}: Approval): Promise<void> {
  const seen = { digest, epoch, smokeChecks };
  const earlier = decision?.decision === 'approve' ? approvals.slice(0, -1) : approvals;
  for (const [index, approval] of earlier.entries()) {
    await addEvent(release, `Approval:${index + 1}`, { ...approval, ...seen });
  }
  if (decision !== undefined) await addEvent(release, 'Decision', { ...decision, ...seen });
}
