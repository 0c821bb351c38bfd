import { askAssertions, explainMigrations } from '../aws/planner';
import { runningVersions } from '../aws/running-versions';
import { ReleaseError } from '../domain/errors';
import type { ChangelogReference } from '../domain/release';
import type { ExplainedPlan } from '../domain/release-plan';
import { changelogOf } from './situation';

/** What is asked of an environment's database beside a changelog. */
export interface DatabaseQuestion {
  /** Whose changelog. @default - that of the version that is live */
  readonly version?: string;
  /** Root changelog inside the version's artifact. @default - the one that releases use */
  readonly changelogFile?: string;
}

/** The version that the database was held against, and what was found. */
export type DatabaseAnswer<Found> = Found & { readonly version: string };

/** What is pending, drifted, unknown and locked, with the verdicts of a release. */
export async function lookAtMigrations(question: DatabaseQuestion): Promise<DatabaseAnswer<ExplainedPlan>> {
  const { version, changelog } = await chosen(question);
  return { version, ...(await explainMigrations({ version, changelog }, await runningVersions())) };
}

/** Asks the changelog's assertions. */
export async function lookAtAssertions(question: DatabaseQuestion): Promise<DatabaseAnswer<{ checks: number }>> {
  const { version, changelog } = await chosen(question);
  return { version, ...(await askAssertions(changelog)) };
}

async function chosen({
  version,
  changelogFile,
}: DatabaseQuestion): Promise<{ version: string; changelog: ChangelogReference }> {
  const found = await changelogOf(version);
  if (found === null) throw new ReleaseError('UnknownVersion', 'nothing is live: name a version');
  const { changelog } = found;
  return {
    version: found.version,
    changelog: { ...changelog, ...(changelogFile !== undefined && { root: changelogFile }) },
  };
}
