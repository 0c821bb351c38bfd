import { identity } from '../../lambda/migrator/changelog';
import { worse } from '../../lambda/migrator/compatibility/finding';
import { refuseIncompatible } from '../../lambda/migrator/compatibility/gate';
import { describeFinding, judgeChangesets } from '../../lambda/migrator/compatibility/judge';
import type { HistoryRow } from '../../lambda/migrator/history';
import { type Plan, planUpdate } from '../../lambda/migrator/plan';
import { placed } from '../../lambda/migrator/problem';
import { CliError, EXIT, type ExitCode } from '../exit';
import type { Work } from './local-database';

/** Prints what is pending, what drifted, and who holds the lock. */
export function tellStatus(
  work: Work,
  history: readonly HistoryRow[],
  lock?: { holder: string; since: string },
): ExitCode {
  const { terminal } = work.world;
  const plan = planOf(work, history);
  const pending = plan.pending.map(({ changeset }) => identity(changeset));
  const unknown = plan.unknown.map(identity);
  if (work.options.json) {
    const found = { applied: history.length, pending, drift: plan.drift, unknown, lock: lock ?? null };
    terminal.out(JSON.stringify(found, null, 2));
    return EXIT.ok;
  }
  terminal.out(`${work.target.name}: ${history.length} applied, ${pending.length} pending`);
  for (const each of pending) terminal.out(`  pending  ${each}`);
  for (const each of plan.drift) terminal.out(`  drift    ${each}`);
  for (const each of unknown) terminal.out(`  unknown  ${each}: applied, but not in this changelog`);
  if (lock !== undefined) terminal.out(`  locked   by ${lock.holder} since ${lock.since}`);
  return EXIT.ok;
}

/**
 * Prints what a release would say of the pending changesets. Without `--running`, what is declared is believed: a
 * contract changeset that declares its first version passes.
 *
 * @throws CliError naming what would stop a release
 */
export async function tellPlan(work: Work, history: readonly HistoryRow[]): Promise<ExitCode> {
  const { options, world, target } = work;
  const { terminal } = world;
  const plan = planOf(work, history);
  const verdicts = await judgeChangesets(plan.pending.map(({ changeset }) => changeset));
  const verdict = verdicts
    .map(({ verdict: one }): string => one)
    .reduce(worse as (a: string, b: string) => string, 'none');
  const withoutRollback = plan.pending.filter(({ changeset }) => changeset.rollback.type === 'none').length;
  if (options.json) {
    const changesets = verdicts.map(({ changeset, findings, ...rest }) => ({
      changeset: identity(changeset),
      place: placed(changeset.place),
      ...rest,
      findings,
    }));
    terminal.out(JSON.stringify({ verdict, withoutRollback, changesets, drift: plan.drift }, null, 2));
  } else {
    for (const { changeset, verdict: one, findings } of verdicts) {
      terminal.out(`${one.padEnd(8)}  ${identity(changeset)}`);
      for (const finding of findings) {
        terminal.out(
          `    ${describeFinding(finding)}${finding.waiver === undefined ? '' : ` (allowed: ${finding.waiver})`}`,
        );
      }
    }
    terminal.out(`${plan.pending.length} pending on ${target.name}: ${verdict}, ${withoutRollback} without rollback`);
  }
  if (plan.drift.length > 0) throw new CliError(plan.drift.join('; '));
  refuseIncompatible(verdicts, options.running ?? []);
  return EXIT.ok;
}

function planOf({ changelog, options }: Work, history: readonly HistoryRow[]): Plan {
  return planUpdate(changelog, history, { contexts: options.contexts, labelFilter: options.labels });
}
