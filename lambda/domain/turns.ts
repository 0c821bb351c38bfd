import type { ReleasePolicy } from './policy';

/** Somebody who may hold the turn. */
export interface Claim {
  /** Release id = execution name. */
  readonly release: string;
  readonly execution: string;
  readonly kind: 'release' | 'revert';
}

/** A claim that waits, with the task token that grants it. */
export interface WaitingClaim extends Claim {
  readonly token: string;
}

/** The exclusive right to release in an environment: one item, moved by conditional writes only. */
export interface Turn {
  /** Grows with every grant; every later write of the holder carries it. */
  readonly number: number;
  readonly holder: Claim | null;
  readonly waiting: readonly WaitingClaim[];
  /** Grows with every change: the condition of the next write. */
  readonly revision: number;
}

export const NO_TURN: Turn = { number: 0, holder: null, waiting: [], revision: 0 };

/** At most this many releases wait, so that the item stays far below DynamoDB's 400 KB (a token has up to 1 KB). */
export const MAX_WAITING = 100;

/** What has to happen after a change of the turn was written. */
export interface TurnChange {
  readonly turn: Turn;
  /** Claim that now holds the turn and waits to be told. */
  readonly granted: WaitingClaim | null;
  /** Claims that wait no longer, with the error to tell them. */
  readonly refused: readonly { readonly claim: WaitingClaim; readonly error: 'Superseded'; readonly reason: string }[];
  /** A holder that lost its turn to a revert. */
  readonly deposed: Claim | null;
}

/**
 * A claim asks for the turn. A revert never queues: it deposes the holder. A dead holder (its execution does not run
 * any more) is replaced.
 */
export function requestTurn(
  turn: Turn,
  claim: WaitingClaim,
  concurrency: ReleasePolicy['concurrency'],
  holderRuns: boolean,
): TurnChange {
  const waiting = turn.waiting.filter((other) => other.release !== claim.release);
  const own = turn.holder?.release === claim.release;
  if (own) return change({ ...turn, waiting }, claim, [], null);
  const holder = holderRuns ? turn.holder : null;
  if (holder === null && (waiting.length === 0 || claim.kind === 'revert'))
    return grant({ ...turn, waiting }, claim, []);
  if (claim.kind === 'revert') return { ...grant({ ...turn, waiting }, claim, []), deposed: holder };
  if (concurrency === 'reject' || waiting.length >= MAX_WAITING) {
    const reason =
      concurrency === 'reject'
        ? `${turn.holder?.release ?? 'another release'} holds the turn and this environment rejects releases meanwhile`
        : `${MAX_WAITING} releases wait already`;
    return change({ ...turn, waiting }, null, [{ claim, error: 'Superseded', reason }], null);
  }
  const superseded = concurrency === 'supersede' ? waiting : [];
  const queue = [...waiting.filter((other) => !superseded.includes(other)), claim];
  const refused = superseded.map((other) => ({
    claim: other,
    error: 'Superseded' as const,
    reason: `${claim.release} arrived later and this environment releases only the newest`,
  }));
  if (holder === null) return grant({ ...turn, waiting: queue.slice(1) }, queue[0] as WaitingClaim, refused);
  return change({ ...turn, waiting: queue }, null, refused, null);
}

/** The holder is done (or gone): the next in the queue is granted the turn. A claim that only waits leaves the queue. */
export function finishTurn(turn: Turn, release: string): TurnChange {
  const waiting = turn.waiting.filter((other) => other.release !== release);
  if (turn.holder?.release !== release) return change({ ...turn, waiting }, null, [], null);
  const next = waiting[0];
  if (next === undefined) return change({ ...turn, holder: null, waiting }, null, [], null);
  return grant({ ...turn, waiting: waiting.slice(1) }, next, []);
}

function grant(turn: Turn, claim: WaitingClaim, refused: TurnChange['refused']): TurnChange {
  const { token: _token, ...holder } = claim;
  return change({ ...turn, holder, number: turn.number + 1 }, claim, refused, null);
}

function change(
  turn: Turn,
  granted: WaitingClaim | null,
  refused: TurnChange['refused'],
  deposed: Claim | null,
): TurnChange {
  return { turn: { ...turn, revision: turn.revision + 1 }, granted, refused, deposed };
}
