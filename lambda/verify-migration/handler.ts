import { readChangelogArtifact } from '../aws/artifacts';
import { step } from '../aws/step';
import type { ReleaseState } from '../domain/release';
import { connectionFor } from '../migrate/connection';
import { withDatabase } from '../migrator/connect';
import { refuseFindings, verify } from '../migrator/verify';

/** Asks the assertions of the version's changelog: each query of `verify/*.sql` must return no row. */
export const handler = step(async ({ release }: ReleaseState): Promise<{ checks: number }> => {
  const artifact = await readChangelogArtifact(release.changelog);
  const { checks, findings } = await withDatabase(await connectionFor('VERIFIER'), (database) =>
    verify(database, artifact.files),
  );
  refuseFindings(findings);
  return { checks };
});
