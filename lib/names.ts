/**
 * Physical names. They are stable, so that operators can type them, the workflow can be granted them exactly, and
 * `cdk deploy` never replaces what a running or standby revision refers to (promise P7).
 */
export function resourceName(scope: { application: string; environment: string }, suffix?: string): string {
  return [scope.application, scope.environment, suffix].filter(Boolean).join('-');
}

/** Last part of the name of the role that GitHub's release workflow assumes. */
export const GITHUB_ROLE = 'github-release';
