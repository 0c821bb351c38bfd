import type { Actor, Person } from './people';
import { compareNames, nameOfPerson } from './people';

/** What has to be decided, and what was decided. The token never leaves the table. */
export interface Approval {
  readonly release: string;
  readonly token: string;
  readonly digest: string;
  readonly requester: string;
  /** Epoch of the route that the smoke test saw: approving another one would approve something else. */
  readonly epoch: number;
  readonly smokeChecks: number;
  /** So many people have to approve. */
  readonly needed: number;
  /** Who approved so far, each person once, in order. */
  readonly approvals: readonly GivenApproval[];
  /** Made when enough approved, or somebody rejected; it stays. */
  readonly decision?: Decision;
  /** When the time to decide was over, ISO 8601: nobody decides any more. @default - it is not, or somebody had decided */
  readonly closedAt?: string;
  /** Grows with every change: the condition of the next write. */
  readonly revision: number;
}

export interface GivenApproval {
  /** The person, as the configuration names them. */
  readonly person: string;
  readonly by: string;
  readonly identity: Actor['source'];
  /** ISO 8601. */
  readonly at: string;
}

export interface Decision {
  readonly decision: 'approve' | 'reject';
  /** Who decided; all who approved. */
  readonly by: string;
  /** `authenticated` when all of them were. */
  readonly identity: Actor['source'];
  readonly at: string;
  readonly reason?: string;
}

/** What the configuration says of approvals. */
export interface ApprovalRules {
  /** @default 1 */
  readonly approvers?: number;
  readonly allowRequester: boolean;
  /** Whether who only claims a name may approve. @default true */
  readonly acceptClaims?: boolean;
}

/** Why somebody may not approve, in words; null when they may. */
export function refusal(
  rules: ApprovalRules,
  people: readonly Person[],
  actor: Actor,
  approval: Pick<Approval, 'release' | 'requester'>,
): string | null {
  if (rules.acceptClaims === false && actor.source === 'claimed') {
    return `${actor.name} is a claim, and this environment takes approvals of authenticated people only: use the function's URL, "greenroom approve" without --claim, or the console`;
  }
  if (rules.allowRequester) return null;
  const two = compareNames(people, actor.name, approval.requester);
  switch (two.kind) {
    case 'different':
      return null;
    case 'same':
      return `${actor.name} asked for ${approval.release} and may not approve it; somebody else has to`;
    case 'unknown':
      return `${two.name} is none of the people in the configuration, so that nobody can tell whether it is somebody else than the requester; add it to "people"`;
  }
}

/** Somebody approves: once a person, and the last one needed makes the decision. */
export function addApproval(approval: Approval, actor: Actor, people: readonly Person[], at: string): Approval {
  const person = nameOfPerson(people, actor.name);
  const known = approval.approvals.some((each) => each.person.toLowerCase() === person.toLowerCase());
  if (isClosed(approval) || known) return approval;
  const approvals = [...approval.approvals, { person, by: actor.name, identity: actor.source, at }];
  if (approvals.length < approval.needed) return { ...approval, approvals };
  const by = approvals.map((each) => each.by).join(', ');
  const identity = approvals.every((each) => each.identity === 'authenticated') ? 'authenticated' : 'claimed';
  return { ...approval, approvals, decision: { decision: 'approve', by, identity, at } };
}

/** Somebody rejects: one is enough, whoever approved before. */
export function reject(approval: Approval, actor: Actor, reason: string, at: string): Approval {
  if (isClosed(approval)) return approval;
  return { ...approval, decision: { decision: 'reject', by: actor.name, identity: actor.source, at, reason } };
}

/** The time to decide is over: a decision that was made in it stays, and nobody makes one any more. */
export function close(approval: Approval, at: string): Approval {
  return isClosed(approval) ? approval : { ...approval, closedAt: at };
}

function isClosed({ decision, closedAt }: Approval): boolean {
  return decision !== undefined || closedAt !== undefined;
}
