import type { Decision } from '../domain/approval';
import { answerToken, failToken } from './executions';

/** Tells the release that waits with this token. @returns false when it does not wait any more. */
export async function tellDecision(
  token: string,
  { decision, by, at, reason }: Decision,
  epoch: number,
): Promise<boolean> {
  if (decision === 'approve') return answerToken(token, { by, at, epoch });
  return failToken(token, 'Rejected', `rejected by ${by}: ${reason}`);
}
