import { execFileSync } from 'node:child_process';
import type { Provenance } from '../lambda/domain/provenance';
import { CliError } from './exit';

/** Asks git for something; what it cannot say is undefined. */
export type Git = (...args: readonly string[]) => string | undefined;

/**
 * What a run of GitHub's workflows is and what it builds; undefined anywhere else. The branches are those of the
 * checkout's `origin` that hold the commit: the checkout has to have the whole history.
 *
 * @throws CliError when the run does not say who it is
 */
export function readProvenance(
  env: Readonly<Record<string, string | undefined>>,
  commit: string | undefined,
  git: Git = runGit,
): Provenance | undefined {
  if (env.GITHUB_ACTIONS !== 'true') return undefined;
  const of = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new CliError(`this runs in GitHub Actions, but ${name} is not set: publish from a step of a workflow`);
  };
  const built = commit ?? of('GITHUB_SHA');
  return {
    repository: of('GITHUB_REPOSITORY'),
    repositoryId: of('GITHUB_REPOSITORY_ID'),
    commit: built,
    ref: of('GITHUB_REF'),
    workflow: of('GITHUB_WORKFLOW_REF'),
    run: `${of('GITHUB_RUN_ID')}/${env.GITHUB_RUN_ATTEMPT || '1'}`,
    branches: branchesOf(built, git),
  };
}

function branchesOf(commit: string, git: Git): string[] {
  const names = git('for-each-ref', '--format=%(refname:lstrip=3)', `--contains=${commit}`, 'refs/remotes/origin');
  return (names ?? '')
    .split('\n')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'HEAD');
}

function runGit(...args: readonly string[]): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', args, { encoding: 'utf8', stdio, timeout: 30_000 });
  } catch {
    return undefined;
  }
}
