import { readPolicy, type ReleasePolicy } from '../domain/policy';
import type { SettingName } from '../domain/settings';

/** The value of an environment variable that `lib` writes. @throws Error naming the variable when it is missing. */
export function setting(name: SettingName): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `the environment variable ${name} is missing on ${process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'this function'}; deploy the release stack again`,
    );
  }
  return value;
}

/** Whether a variable is set: a rolling environment has no route and no second color. */
export function hasSetting(name: SettingName): boolean {
  return Boolean(process.env[name]);
}

/** The release policy of this environment. */
export function policy(): ReleasePolicy {
  return readPolicy(setting('POLICY'));
}
