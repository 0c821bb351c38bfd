/** How a pending changeset gets on with the version that runs beside it (both colors share one database). */
export type Verdict = 'expand' | 'contract' | 'unsafe';

/** What a rule has to say about a statement. `expand` needs no words. */
export interface Judgement {
  readonly verdict: 'contract' | 'unsafe';
  /** Stable name, for waivers and for looking it up in docs/migrator.md. */
  readonly rule: string;
  /** What would happen, and to what. */
  readonly reason: string;
  /** The safe way to write it. */
  readonly mend: string;
}

/** Takes something away that the old version may still use, or forbids what it may still do. */
export function contract(
  rule: string,
  reason: string,
  mend = 'release a version that does without it first',
): Judgement {
  return { verdict: 'contract', rule, reason, mend };
}

/** Breaks the old version at once, or stands in the way of its requests for long. */
export function unsafe(rule: string, reason: string, mend: string): Judgement {
  return { verdict: 'unsafe', rule, reason, mend };
}

/** The worse of two verdicts. */
export function worse<V extends Verdict | 'none'>(a: V, b: V): V {
  const order = ['none', 'expand', 'contract', 'unsafe'];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}
