/**
 * Physical names. They are stable, so that operators can type them, the workflow can be granted them exactly, and
 * `cdk deploy` never replaces what a running or standby revision refers to (promise P7).
 */
export function resourceName({ application, environment }: Names, suffix?: string): string {
  return [application, environment, suffix].filter(Boolean).join('-');
}

/** What every physical name begins with. */
export interface Names {
  readonly application: string;
  readonly environment: string;
}

/** Last part of the name of the role that GitHub's release workflow assumes. */
export const GITHUB_ROLE = 'github-release';
