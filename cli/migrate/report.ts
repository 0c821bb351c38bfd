import type { FreedLocks } from '../../lambda/domain/migration';
import type { DatabaseState, ExplainedPlan } from '../../lambda/domain/release-plan';
import { CliError, EXIT, type ExitCode } from '../exit';
import type { Terminal } from '../terminal';

// What the actions print, the same for a database by its URL and for an environment.

/** To whom, and of which database. */
export interface Told {
  readonly terminal: Terminal;
  /** The database, as people call it. */
  readonly name: string;
  readonly json?: boolean;
}

/** Prints what is pending, what drifted, and who holds the lock. @param pending identities */
export function tellStatus(
  { terminal, name, json }: Told,
  pending: readonly string[],
  { applied, drift, unknown, lock }: DatabaseState,
): ExitCode {
  if (json) {
    terminal.out(JSON.stringify({ applied, pending, drift, unknown, lock }, null, 2));
    return EXIT.ok;
  }
  terminal.out(`${name}: ${applied} applied, ${pending.length} pending`);
  for (const each of pending) terminal.out(`  pending  ${each}`);
  for (const each of drift) terminal.out(`  drift    ${each}`);
  for (const each of unknown) terminal.out(`  unknown  ${each}: applied, but not in this changelog`);
  if (lock !== null) terminal.out(`  locked   by ${lock.holder} since ${lock.since}`);
  return EXIT.ok;
}

/**
 * Prints what a release would say of the pending changesets.
 *
 * @throws CliError naming what would stop a release
 */
export function tellPlan(
  { terminal, name, json }: Told,
  found: Pick<ExplainedPlan, 'verdict' | 'withoutRollback' | 'explained' | 'database' | 'refused'>,
): ExitCode {
  const { verdict, withoutRollback, explained, refused, database } = found;
  if (json) {
    const { drift } = database;
    terminal.out(JSON.stringify({ verdict, withoutRollback, changesets: explained, drift, refused }, null, 2));
  } else {
    for (const { changeset, verdict: one, findings } of explained) {
      terminal.out(`${one.padEnd(8)}  ${changeset}`);
      for (const finding of findings) terminal.out(`    ${finding}`);
    }
    terminal.out(`${explained.length} pending on ${name}: ${verdict}, ${withoutRollback} without rollback`);
  }
  if (refused.length > 0) throw new CliError(refused.join('; ').replace(/\s*\n\s*/g, '; '));
  return EXIT.ok;
}

/** Says that all queries of `verify/*.sql` held. */
export function tellVerified({ terminal, name }: Told, checks: number): ExitCode {
  terminal.out(`${checks} ${checks === 1 ? 'check holds' : 'checks hold'} on ${name}`);
  return EXIT.ok;
}

/** Whose lock was freed. */
export function freedInWords({ row, session }: FreedLocks): string {
  if (row === undefined && session === undefined) return 'was not locked';
  const whose = row === undefined ? 'nobody holds the row' : `${row.holder} holds the row since ${row.since}`;
  return `is free: ${whose}${session === undefined ? '' : `, session ${session} was ended`}`;
}
