import type { Outcome } from './errors';
import type { ReleaseKind } from './release';
import type { ReleaseTimes } from './times';

/** What figures are made of. */
export interface MeasuredRelease {
  readonly kind: ReleaseKind;
  readonly startedAt: string;
  readonly outcome?: Outcome;
  readonly times?: ReleaseTimes;
}

/** How some times are spread, in seconds; by the nearest rank. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** Figures of an environment's releases. */
export interface Statistics {
  /** ISO 8601, of the first and last release counted; null when there is none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Releases that have ended, reverts and migrations left out. */
  readonly releases: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly reverts: number;
  /** Share of releases with viewers that were taken back: what others call the change failure rate. null without any. */
  readonly failureRate: number | null;
  /** Times of releases that were released. */
  readonly total: Spread | null;
  readonly active: Spread | null;
  readonly waiting: { readonly turn: Spread | null; readonly approval: Spread | null };
  /** From the first viewer of a bad version to whoever noticed, and from then until all were back. */
  readonly toDetect: Spread | null;
  readonly toBack: Spread | null;
  /** From asking for a revert until its end. */
  readonly revert: Spread | null;
}

/** Makes figures of releases, in any order; those that are under way do not count. */
export function statisticsOf(records: readonly MeasuredRelease[]): Statistics {
  const ended = records.filter(({ outcome }) => outcome !== undefined);
  const starts = ended.map(({ startedAt }) => startedAt).sort();
  const releases = ended.filter(({ kind }) => kind === 'release');
  const reverts = ended.filter(({ kind, outcome }) => kind === 'revert' && outcome === 'released');
  const released = releases.filter(({ outcome }) => outcome === 'released');
  const of = (some: readonly MeasuredRelease[], time: (times: ReleaseTimes) => number | undefined) =>
    spreadOf(some.flatMap(({ times }) => (times === undefined ? [] : (time(times) ?? []))));
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of releases) outcomes[outcome as Outcome] = (outcomes[outcome as Outcome] ?? 0) + 1;
  // A release that viewers saw and that was taken back, or that a revert went away from later.
  const takenBack = releases.filter(({ times }) => times?.toDetect !== undefined).length;
  const seen = released.length + takenBack;
  return {
    from: starts[0] ?? null,
    to: starts.at(-1) ?? null,
    releases: releases.length,
    outcomes,
    reverts: reverts.length,
    failureRate: seen === 0 ? null : Math.min(1, (takenBack + reverts.length) / seen),
    total: of(released, ({ total }) => total),
    active: of(released, ({ active }) => active),
    waiting: {
      turn: of(releases, ({ waiting }) => waiting.turn),
      approval: of(releases, ({ waiting }) => waiting.approval),
    },
    toDetect: of(releases, ({ toDetect }) => toDetect),
    toBack: of(releases, ({ toBack }) => toBack),
    revert: of(reverts, ({ total }) => total),
  };
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const ordered = [...values].sort((one, other) => one - other);
  const rank = (share: number) => ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] as number;
  return { count: ordered.length, median: rank(0.5), p90: rank(0.9), max: rank(1) };
}
