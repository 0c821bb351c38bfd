import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { cut } from '../domain/changesets';
import { ReleaseError } from '../domain/errors';
import type { MigrationPlan, ReleaseState } from '../domain/release';
import type { ExplainedPlan } from '../domain/release-plan';
import { compareVersions, highestVersion } from '../domain/versions';
import { openChangelog } from '../migrate/changelog';
import { identity } from '../migrator/changelog';
import { worse } from '../migrator/compatibility/finding';
import { refuseIncompatible } from '../migrator/compatibility/gate';
import { judgeChangesets } from '../migrator/compatibility/judge';
import { withDatabase } from '../migrator/connect';
import type { Plan } from '../migrator/plan';
import { planUpdate, refuseDrift } from '../migrator/plan';
import { placed } from '../migrator/problem';
import { databaseState, explainVerdicts, readDatabase, refusals } from './explain';

/** What `greenroom plan` and `verify` ask for instead: everything that was looked at, and no refusal. */
type PlanEvent = Pick<ReleaseState, 'release' | 'running'> & { readonly explain?: boolean };

/** Compares the version's changelog with the database and judges what is pending. Nothing is written. */
export const handler = step(
  async ({ release, running, explain }: PlanEvent): Promise<MigrationPlan | ExplainedPlan> => {
    const { environment, requireRollback } = policy();
    const { changelog, connection } = await openChangelog(release.changelog, 'VERIFIER');
    const reading = await withDatabase(connection, readDatabase);
    const plan = planUpdate(changelog, reading.history, { contexts: [environment] });
    const refused: string[] = [];
    const refuse = (check: () => void) => (explain ? refused.push(...refusals([check])) : check());
    refuse(() => refuseDrift(plan));
    const withoutRollback = plan.pending.filter(({ changeset }) => changeset.rollback.type === 'none');
    if (requireRollback) refuse(() => refuseMissingRollbacks(withoutRollback));
    const changesets = plan.pending.map(({ changeset }) => changeset);
    const verdicts = await judgeChangesets(changesets);
    // A release whose version nobody knows counts as an old one.
    refuse(() => refuseIncompatible(verdicts, running?.unknown === undefined ? running?.versions : undefined));
    const revertFloor = highestVersion(
      verdicts.flatMap(({ verdict, unneededSince = [] }) => (verdict === 'contract' ? unneededSince : [])),
    );
    refuse(() => refuseOwnNeed(release, revertFloor));
    return {
      pending: changesets.length,
      verdict: verdicts.map((verdict): MigrationPlan['verdict'] => verdict.verdict).reduce(worse, 'none'),
      changesets: cut(changesets.map(identity)),
      withoutRollback: withoutRollback.length,
      ...(revertFloor !== undefined && { revertFloor }),
      ...(explain && { database: databaseState(reading, plan), explained: explainVerdicts(verdicts), refused }),
    };
  },
);

/** The version that is released here must itself do without what its changelog takes away. */
function refuseOwnNeed({ kind, version }: ReleaseState['release'], floor: string | undefined): void {
  if (kind !== 'release' || floor === undefined || compareVersions(version, floor) >= 0) return;
  throw new ReleaseError(
    'UnsafeMigration',
    `the changelog of ${version} takes away what, as it says, only ${floor} does without (unneededSince:${floor}); declare the first version that does without it, or release ${floor} first`,
  );
}

function refuseMissingRollbacks(missing: Plan['pending']): void {
  if (missing.length === 0) return;
  const names = missing.map(({ changeset }) => `${placed(changeset.place)}: ${identity(changeset)} has no rollback`);
  throw new ReleaseError(
    'UnsafeMigration',
    `${names.join('\n')}\nthis environment asks for them (requireRollback): write --rollback, or --rollback not required`,
  );
}
