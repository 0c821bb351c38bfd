/** What viewers do. Pages are what a browser sends: HTML out, forms in. */
export const KINDS = [
  'list-page',
  'list',
  'read-page',
  'read',
  'create-page',
  'create',
  'edit-page',
  'edit',
  'delete',
] as const;
export type Kind = (typeof KINDS)[number];

/** Kinds that create or edit a note. */
export const WRITING: readonly Kind[] = ['create-page', 'create', 'edit-page', 'edit'];

export interface LoadOptions {
  /** Where viewers find the application: the edge. */
  readonly url: string;
  /** Requests per second to aim at; a slow machine gets fewer, never an overload. @default 500 */
  readonly rate?: number;
  /** Number of viewers, each with its own address (where the system allows it) and user agent. @default 48 */
  readonly viewers?: number;
  /** Most requests under way at once. @default 24 */
  readonly inFlight?: number;
  /** An answer later than this is a failure. @default 10000 */
  readonly timeoutMs?: number;
  /** The same seed gives the same order of actions and viewers. @default 1 */
  readonly seed?: number;
}

/** Milliseconds. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Who answered: `none` when no color did (the edge itself, or nobody). */
export type Answerer = 'blue' | 'green' | 'none';

/** A request that did not get what a viewer may expect. */
export interface Failure {
  readonly at: string;
  readonly kind: Kind;
  readonly viewer: number;
  readonly color: Answerer;
  readonly version: string | null;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly message: string;
}

/** Everything counted since the load began; requests of {@link Verification} are not in it. */
export interface LoadStats {
  /** Seconds in which load was running. */
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  /** Requests that created or edited a note. */
  readonly writing: number;
  readonly byColor: Readonly<Record<Answerer, { requests: number; failed: number; latency: Latency }>>;
  /** Answers by the version that gave them. */
  readonly byVersion: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<Kind, { requests: number; failed: number }>>;
  /** The first failures, at most 20. */
  readonly failures: readonly Failure[];
}

/** What {@link LoadStats} came to at the end. */
export interface LoadReport extends LoadStats {
  readonly viewers: number;
  /** Whether each viewer had an address of its own; where not, only user agents tell them apart. */
  readonly ownAddresses: boolean;
}

/** One second of load. */
export interface Tick {
  /** Counted from 1. */
  readonly second: number;
  readonly blue: number;
  readonly green: number;
  /** Answers of no color. */
  readonly none: number;
  readonly failed: number;
}

/** What reading every note back found. `verified + missing + different + unreadable = notes`. */
export interface Verification {
  /** Acknowledged creations, edits and deletions. */
  readonly acknowledged: number;
  /** Notes that they were made on, deleted ones included. */
  readonly notes: number;
  /** As last acknowledged (or, where the outcome of a last write is unknown, one of the two possible states). */
  readonly verified: number;
  /** Acknowledged and not there. */
  readonly missing: number;
  /** There with other content, or there although its deletion was acknowledged. */
  readonly different: number;
  /** Could not be read back. */
  readonly unreadable: number;
  /** Writes that failed in a way that leaves open whether they were done. */
  readonly unknown: number;
  /** Requests that the verification made. */
  readonly reads: number;
  /** What is wrong with the first few notes. */
  readonly samples: readonly string[];
}

/** From the parent to the process that makes the load. */
export type Command =
  | { readonly id: number; readonly name: 'start'; readonly options: LoadOptions }
  | { readonly id: number; readonly name: 'pause' | 'resume' | 'stop' | 'verify' };

/** And back. */
export type Message =
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly type: 'tick'; readonly tick: Tick; readonly stats: LoadStats };
