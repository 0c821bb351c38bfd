import type { ExplainedChangeset } from '../domain/release-plan';
import { identity } from '../migrator/changelog';
import { type ChangesetVerdict, describeFinding } from '../migrator/compatibility/judge';
import { placed } from '../migrator/problem';
import type { Statement } from '../migrator/split';
import { rollbackStatementsOf, statementsOf } from '../migrator/statements';

/** A function's answer has at most 6 MB, of which the SQL may have this much. */
const MOST_SQL = 2_000_000;
const LONGEST_STATEMENT = 20_000;

/** Everything that people want to see of pending changesets before a release applies them. */
export function explainVerdicts(verdicts: readonly ChangesetVerdict[]): ExplainedChangeset[] {
  let left = MOST_SQL;
  const sqlOf = (statements: readonly Statement[]): string[] =>
    statements.map(({ sql }) => {
      const shown = sql.slice(0, Math.min(LONGEST_STATEMENT, Math.max(0, left)));
      left -= shown.length;
      return shown.length < sql.length ? `${shown} … (${sql.length - shown.length} more characters)` : shown;
    });
  return verdicts.map(({ changeset, verdict, findings }) => {
    const rollback = rollbackStatementsOf(changeset);
    return {
      changeset: identity(changeset),
      place: placed(changeset.place),
      verdict,
      findings: findings.map((finding) =>
        finding.waiver === undefined
          ? describeFinding(finding)
          : `${describeFinding(finding)} (let pass: ${finding.waiver})`,
      ),
      sql: sqlOf(statementsOf(changeset)),
      rollback: rollback === undefined ? null : sqlOf(rollback),
    };
  });
}
