import { cut } from '../domain/changesets';
import { ReleaseError } from '../domain/errors';
import type { DatabaseState, ExplainedChangeset } from '../domain/release-plan';
import { identity } from '../migrator/changelog';
import { type ChangesetVerdict, describeFinding } from '../migrator/compatibility/judge';
import type { Database } from '../migrator/database';
import { type HistoryRow, readHistory } from '../migrator/history';
import { lockRow } from '../migrator/lock';
import type { Plan } from '../migrator/plan';
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

/** What {@link databaseState} is made of, read in one connection. */
export interface DatabaseReading {
  readonly history: readonly HistoryRow[];
  readonly lock: DatabaseState['lock'];
}

/** Reads the history of a database, and who has locked it. */
export async function readDatabase(database: Database): Promise<DatabaseReading> {
  return { history: await readHistory(database), lock: (await lockRow(database)) ?? null };
}

/** How the database stands beside the changelog that the plan was made for. */
export function databaseState({ history, lock }: DatabaseReading, { drift, unknown }: Plan): DatabaseState {
  return { applied: history.length, drift, unknown: cut(unknown.map(identity)), lock };
}

/** Keeps what checks would have stopped a release with, as `Name: message`. */
export function refusals(checks: readonly (() => void)[]): string[] {
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
      return [`${error.name}: ${error.message}`];
    }
  });
}
