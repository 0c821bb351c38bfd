import type { ReleasePolicy } from './policy';
import type { ReleaseKind } from './release';

/** Somebody who may hold the turn. */
export interface Claim {
  /** Release id = execution name. */
  readonly release: string;
  readonly execution: string;
  readonly kind: ReleaseKind;
  /** When its execution began, ISO 8601: a claim that is repeated after a fault does not become a later one. */
  readonly startedAt: string;
}

/** A claim that waits, with the task token that grants it. */
export interface WaitingClaim extends Claim {
  readonly token: string;
}

/** Something that a claim has to be told: written with the turn, so that it is told also when the writer dies. */
export interface Notice {
  readonly claim: Claim & { readonly token?: string };
  /** `Superseded` fails the token of a claim that waits no longer, `RevertedMeanwhile` stops a holder that was deposed. */
  readonly error: 'Superseded' | 'RevertedMeanwhile';
  readonly reason: string;
}

/** The exclusive right to release in an environment: one item, moved by conditional writes only. */
export interface Turn {
  /** Grows with every grant; every later write of the holder carries it. */
  readonly number: number;
  /** With the token that it waits or waited with: whoever finds it may answer it, once more does no harm. */
  readonly holder: WaitingClaim | null;
  readonly waiting: readonly WaitingClaim[];
  /** What nobody has told yet. */
  readonly untold: readonly Notice[];
  /** Grows with every change: the condition of the next write. */
  readonly revision: number;
}

export const NO_TURN: Turn = { number: 0, holder: null, waiting: [], untold: [], revision: 0 };

/** At most this many releases wait, so that the item stays far below DynamoDB's 400 KB (a token has up to 1 KB). */
export const MAX_WAITING = 100;

/** A change of the turn, as it is to be written. */
export interface TurnChange {
  readonly turn: Turn;
  /** Claim that now holds the turn and waits to be told. */
  readonly granted: WaitingClaim | null;
}

/**
 * A claim asks for the turn. A revert never queues: it deposes the holder. A release waits behind a holder whose
 * execution does not run any more, too: the holder's recovery gives the turn up after it has taken its traces back.
 */
export function requestTurn(
  turn: Turn,
  claim: WaitingClaim,
  concurrency: ReleasePolicy['concurrency'],
  holderRuns: boolean,
): TurnChange {
  const { holder } = turn;
  const waiting = turn.waiting.filter((other) => other.release !== claim.release);
  if (holder === null || holder.release === claim.release) return grant({ ...turn, waiting }, claim);
  if (claim.kind === 'revert') {
    const reason = `a revert took the turn over from ${holder.release}`;
    const deposed: Notice[] = holderRuns ? [{ claim: holder, error: 'RevertedMeanwhile', reason }] : [];
    return grant({ ...turn, waiting, untold: [...turn.untold, ...deposed] }, claim);
  }
  const refuse = (reason: string) => change({ ...turn, waiting, untold: [...turn.untold, superseded(claim, reason)] });
  // A restore waits wherever a release is under way: it is no older or newer version of anything.
  if (concurrency === 'reject' && holderRuns && claim.kind !== 'restore') {
    return refuse(`${holder.release} holds the turn and this environment rejects releases meanwhile`);
  }
  if (waiting.length >= MAX_WAITING) return refuse(`${MAX_WAITING} releases wait already`);
  const queue = [...waiting, claim].sort((a, b) =>
    a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0,
  );
  if (concurrency !== 'supersede') return change({ ...turn, waiting: queue });
  // A migration without a release is nobody's older version.
  const newest = queue.filter(({ kind }) => kind === 'release').at(-1);
  const refused = queue.filter(({ kind, release }) => kind === 'release' && release !== newest?.release);
  const reason = `${newest?.release} arrived later and this environment releases only the newest`;
  return change({
    ...turn,
    waiting: queue.filter((other) => !refused.includes(other)),
    untold: [...turn.untold, ...refused.map((other) => superseded(other, reason))],
  });
}

/** The holder is done (or gone): the next in the queue is granted the turn. A claim that only waits leaves the queue. */
export function finishTurn(turn: Turn, release: string): TurnChange {
  const waiting = turn.waiting.filter((other) => other.release !== release);
  if (turn.holder?.release !== release) return change({ ...turn, waiting });
  const next = waiting[0];
  if (next === undefined) return change({ ...turn, holder: null, waiting });
  return grant({ ...turn, waiting: waiting.slice(1) }, next);
}

/** These notices were told. */
export function forgetNotices(turn: Turn, told: readonly Notice[]): TurnChange {
  const known = new Set(told.map(noticeKey));
  return change({ ...turn, untold: turn.untold.filter((notice) => !known.has(noticeKey(notice))) });
}

const noticeKey = ({ claim, error }: Notice) => `${error} ${claim.release} ${claim.token ?? ''}`;

const superseded = (claim: WaitingClaim, reason: string): Notice => ({ claim, error: 'Superseded', reason });

/** The holder asking again keeps its number. */
function grant(turn: Turn, claim: WaitingClaim): TurnChange {
  const number = turn.holder?.release === claim.release ? turn.number : turn.number + 1;
  return { ...change({ ...turn, holder: claim, number }), granted: claim };
}

function change(turn: Turn): TurnChange {
  return { turn: { ...turn, revision: turn.revision + 1 }, granted: null };
}
