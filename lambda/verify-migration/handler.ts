import { readChangelogArtifact } from '../aws/artifacts';
import { readSecret } from '../aws/secrets';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import type { ReleaseState } from '../domain/release';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { refuseFindings, verify } from '../migrator/verify';

/** Asks the assertions of the version's changelog: each query of `verify/*.sql` must return no row. */
export const handler = step(async ({ release }: ReleaseState): Promise<{ checks: number }> => {
  const artifact = await readChangelogArtifact(release.changelog);
  const secret = parseDatabaseSecret(await readSecret(setting('VERIFIER_SECRET_ARN')));
  const { checks, findings } = await withDatabase(connectionOf(secret, setting('DATABASE_NAME')), (database) =>
    verify(database, artifact.files),
  );
  refuseFindings(findings);
  return { checks };
});
