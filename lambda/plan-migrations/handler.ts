import { readChangelogArtifact } from '../aws/artifacts';
import { readSecret } from '../aws/secrets';
import { policy, setting } from '../aws/settings';
import { step } from '../aws/step';
import type { MigrationPlan, ReleaseState } from '../domain/release';
import { ReleaseError } from '../domain/errors';
import { identity } from '../migrator/changelog';
import { worse } from '../migrator/compatibility/finding';
import { refuseIncompatible } from '../migrator/compatibility/gate';
import { judgeChangesets } from '../migrator/compatibility/judge';
import { connectionOf, parseDatabaseSecret, withDatabase } from '../migrator/connect';
import { readHistory } from '../migrator/history';
import type { Plan } from '../migrator/plan';
import { planUpdate, refuseDrift } from '../migrator/plan';
import { placed } from '../migrator/problem';
import { readChangelog } from '../migrator/reader';

/** Changesets that the plan names; the state machine's data has a limit. */
const NAMED = 20;

/** Compares the version's changelog with the database and judges what is pending. Nothing is written. */
export const handler = step(async ({ release, turn }: ReleaseState): Promise<MigrationPlan> => {
  const { environment, rollBackSchema } = policy();
  const artifact = await readChangelogArtifact(release.changelog);
  const changelog = readChangelog(artifact.files, artifact.root, { contexts: [environment] });
  const secret = parseDatabaseSecret(await readSecret(setting('DATABASE_SECRET_ARN')));
  const history = await withDatabase(connectionOf(secret, setting('DATABASE_NAME')), readHistory);
  const plan = planUpdate(changelog, history, { contexts: [environment] });
  refuseDrift(plan);
  if (rollBackSchema) refuseMissingRollbacks(plan);
  const changesets = plan.pending.map(({ changeset }) => changeset);
  const verdicts = await judgeChangesets(changesets);
  refuseIncompatible(verdicts, (turn as { running?: readonly string[] }).running);
  return {
    pending: changesets.length,
    verdict: verdicts.map((verdict): MigrationPlan['verdict'] => verdict.verdict).reduce(worse, 'none'),
    changesets: changesets.slice(0, NAMED).map(identity),
  };
});

function refuseMissingRollbacks({ pending }: Plan): void {
  const missing = pending.filter(({ changeset }) => changeset.rollback.type === 'none');
  if (missing.length === 0) return;
  const names = missing.map(({ changeset }) => `${placed(changeset.place)}: ${identity(changeset)} has no rollback`);
  throw new ReleaseError(
    'UnsafeMigration',
    `${names.join('\n')}\nthis environment rolls the schema of a failed release back: write --rollback, or --rollback not required`,
  );
}
