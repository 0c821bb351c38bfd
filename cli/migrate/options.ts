import type { ChangingOptions } from '../session';

export const ACTIONS = ['status', 'plan', 'update', 'rollback', 'verify', 'release-locks'] as const;

export type Action = (typeof ACTIONS)[number];

/** Options of `greenroom migrate`, for a database by its URL and for an environment. */
export interface MigrateOptions extends ChangingOptions {
  readonly url?: string;
  readonly directory?: string;
  readonly changelogFile?: string;
  readonly contexts?: readonly string[];
  readonly labels?: string;
  /** Versions that run, for the verdict on contract changesets. */
  readonly running?: readonly string[];
  readonly dryRun?: boolean;
  readonly tag?: string;
  readonly count?: number;
  readonly release?: string;
  /** With `release-locks` on an environment: also somebody else's lock. */
  readonly force?: boolean;
  readonly reason?: string;
  readonly freezeExemption?: string;
  readonly watch: boolean;
  readonly interval?: number;
  readonly json?: boolean;
}
