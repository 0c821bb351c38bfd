import { execFileSync } from 'node:child_process';
import { wrongUse } from './exit';

/** The same rule as for the actor of a release (lambda/domain/request.ts). */
const NAME = /^[\x21-\x7e]{1,128}$/;

/**
 * Who a command is recorded as: `--by`, or GitHub's actor, git's e-mail address, or the user of the machine. It is a
 * claim: nothing here proves it.
 *
 * @throws CliError (wrong use) when no name is found, or it is none.
 */
export function identify(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  gitEmail: () => string | undefined = readGitEmail,
): string {
  const name = given ?? (env.GITHUB_ACTOR || gitEmail() || env.USER || env.USERNAME);
  if (name === undefined || name === '') throw wrongUse('nothing says who you are: give --by with your name');
  if (NAME.test(name)) return name;
  throw wrongUse(`--by ${JSON.stringify(name)} has to be a name of 1 to 128 printable characters without spaces`);
}

function readGitEmail(): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['config', 'user.email'], { encoding: 'utf8', stdio, timeout: 2_000 }).trim();
  } catch {
    return undefined;
  }
}
