import { readChangelogArtifact } from '../aws/artifacts';
import { platformsOf, resolveTag, runnableDigest, scanReport } from '../aws/images';
import { explainMigrations } from '../aws/planner';
import { runningVersions } from '../aws/running-versions';
import { policy } from '../aws/settings';
import { publishedVersion } from '../aws/versions';
import { type Checks, type CheckResult, failed, ok, skipped, warning } from '../domain/checks';
import { PLATFORM } from '../domain/platform';
import { judgeScan } from '../domain/scan';
import { changelogOf } from './situation';

/** What was built and published for a version. */
export const versionChecks = (version: string): Checks => ({
  published: async () => {
    const { digest, commit } = await publishedVersion(version);
    return ok(`${digest}${commit === undefined ? '' : `, commit ${commit}`}`);
  },

  image: async () => {
    const [digest, published] = await Promise.all([resolveTag(version), publishedVersion(version)]);
    if (digest === published.digest) return ok('the tag resolves to the published digest');
    return failed(`the tag resolves to ${digest}, published was ${published.digest}`, 'publish a new version');
  },

  platform: async () => {
    const platforms = await platformsOf((await publishedVersion(version)).digest);
    if (platforms === null) return ok(`one platform; it has to be ${PLATFORM}`);
    if (!platforms.includes(PLATFORM)) {
      return failed(`the image index has ${platforms.join(', ')}, not ${PLATFORM}`, `build for ${PLATFORM}`);
    }
    if (!platforms.includes('unknown/unknown')) return ok(platforms.join(', '));
    return warning('the image index holds attestations, which ECR does not scan', 'build with provenance=false');
  },

  scan: async () => {
    const { failOn, waivers } = policy().scan;
    const now = new Date();
    const verdict = judgeScan(
      await scanReport(await runnableDigest((await publishedVersion(version)).digest)),
      failOn,
      waivers,
      now,
    );
    switch (verdict.kind) {
      case 'passed':
        return ok(`no finding at or above ${failOn} that is not waived`);
      case 'findings': {
        const named = verdict.grave.map(({ id, severity }) => `${id} (${severity})`).join(', ');
        return failed(
          `at or above ${failOn}: ${named}`,
          'mend the image, or waive each with a reason and an expiry date',
        );
      }
      case 'pending':
        return warning(verdict.reason, 'a release waits for the findings, up to scan.timeout');
      case 'unavailable':
        return failed(verdict.reason, 'turn scanning on for the repository, or push an image that it supports');
    }
  },

  changelog: async () => {
    const { files, root } = await readChangelogArtifact((await publishedVersion(version)).changelog);
    return ok(`${Object.keys(files).length} files, root ${root}`);
  },
});

/** The database, asked through the function that plans a release's migrations. */
export async function databaseCheck(version: string | undefined): Promise<CheckResult> {
  const changelog = await changelogOf(version);
  if (changelog === null) return skipped('nothing is live: name a version, whose changelog it is compared with');
  const { pending, verdict, refused } = await explainMigrations(changelog, await runningVersions());
  if (refused.length > 0) return failed(refused.join('; '), 'docs/migrator.md');
  if (pending === 0) return ok(`reachable, nothing of ${changelog.version} is pending`);
  return ok(`reachable, ${pending} changeset(s) of ${changelog.version} pending (${verdict})`);
}
