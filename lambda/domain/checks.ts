/** What came of looking at one thing that a release will need. */
export interface CheckResult {
  /** `warning`: a release may go on, but somebody should know; `skipped`: there was nothing to look at. */
  readonly result: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly message: string;
  /** What to do. @default - nothing */
  readonly mend?: string;
}

export interface Check extends CheckResult {
  readonly name: string;
}

/** Checks that belong together. */
export interface CheckGroup {
  readonly name: string;
  readonly checks: readonly Check[];
}

/** Everything that a release will need, looked at before it starts. */
export interface Verification {
  readonly environment: string;
  /** null when no version was named. */
  readonly version: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly groups: readonly CheckGroup[];
  /** Whether nothing failed. */
  readonly ready: boolean;
}

export const ok = (message: string): CheckResult => ({ result: 'ok', message });
export const skipped = (message: string): CheckResult => ({ result: 'skipped', message });
export const warning = (message: string, mend: string): CheckResult => ({ result: 'warning', message, mend });
export const failed = (message: string, mend: string): CheckResult => ({ result: 'failed', message, mend });

/** Checks by name; each looks at one thing. */
export type Checks = Readonly<Record<string, () => Promise<CheckResult> | CheckResult>>;

/** Makes the checks of a group side by side. One that throws has failed: what it threw says why. */
export async function runChecks(name: string, checks: Checks): Promise<CheckGroup> {
  const results = Object.entries(checks).map(async ([check, look]): Promise<Check> => {
    try {
      return { name: check, ...(await look()) };
    } catch (error) {
      const { name: kind, message } = error as Error;
      return { name: check, ...failed(`${kind}: ${message}`, mendOf(kind)) };
    }
  });
  return { name, checks: await Promise.all(results) };
}

function mendOf(errorName: string): string {
  return /AccessDenied|NotAuthorized|Unauthorized/.test(errorName)
    ? 'the function verify-release may not look at it; deploy the release stack again'
    : 'mend what the message names, then verify again';
}
