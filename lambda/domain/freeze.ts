import type { FreezeWindow } from './policy';

/** A freeze that an operator set at once. */
export interface OperatorFreeze {
  readonly reason: string;
  readonly by: string;
  /** ISO 8601; after it the freeze is over by itself. */
  readonly until: string;
}

/** What keeps releases out at the moment `now`, in words, or null. */
export function activeFreeze(
  windows: readonly FreezeWindow[],
  freeze: OperatorFreeze | null,
  now: Date,
): string | null {
  if (freeze !== null && now < new Date(freeze.until)) {
    return `frozen by ${freeze.by} until ${freeze.until}: ${freeze.reason}`;
  }
  const window = windows.find((candidate) => new Date(candidate.from) <= now && now < new Date(candidate.to));
  return window === undefined ? null : `frozen by the configuration until ${window.to}: ${window.reason}`;
}
