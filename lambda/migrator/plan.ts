import type { Changelog, Changeset } from './changelog';
import { identity } from './changelog';
import { CHECKSUM_VERSION } from './checksum';
import { contextsMatch, dbmsMatches, labelsMatch } from './expressions';
import type { HistoryRow } from './history';
import { ReleaseError } from '../domain/errors';
import { placed } from './problem';

/** What a run is limited to. */
export interface Selection {
  /** @default - no context given: everything runs */
  readonly contexts?: readonly string[];
  /** Expression over label names. @default - no filter */
  readonly labelFilter?: string;
}

/** A changeset that an update would run. */
export interface PendingChangeset {
  readonly changeset: Changeset;
  /** The row that it already has, which running it again replaces (runOnChange, runAlways). */
  readonly ran?: HistoryRow;
}

/** What an update would do, and what stands in its way. */
export interface Plan {
  readonly pending: readonly PendingChangeset[];
  /** Changesets whose text changed after they were run: each a sentence with place and mend. */
  readonly drift: readonly string[];
  /** Rows whose changeset this changelog does not have: another version's, or another changelog's. */
  readonly unknown: readonly HistoryRow[];
  /** Rows without a checksum (after `clear-checksums`): the update fills it in. */
  readonly unsummed: readonly { readonly changeset: Changeset; readonly row: HistoryRow }[];
  /** Changesets that are for another context, label or engine, or ignored. */
  readonly skipped: readonly Changeset[];
}

/** Compares a changelog with the history of a database. Pure: no row is written. */
export function planUpdate(changelog: Changelog, history: readonly HistoryRow[], selection: Selection = {}): Plan {
  const rows = new Map(history.map((row) => [identity(row), row]));
  const pending: PendingChangeset[] = [];
  const drift: string[] = [];
  const unsummed: { changeset: Changeset; row: HistoryRow }[] = [];
  const skipped: Changeset[] = [];
  for (const changeset of changelog.changesets) {
    const row = rows.get(identity(changeset));
    rows.delete(identity(changeset));
    if (row !== undefined && row.checksum === null) unsummed.push({ changeset, row });
    if (!applies(changeset, selection)) {
      // As Liquibase has it, what this run leaves out may have changed.
      skipped.push(changeset);
      continue;
    }
    const changed = row === undefined ? undefined : changedSince(changeset, row);
    if (changed !== undefined) drift.push(changed);
    if (row === undefined) pending.push({ changeset });
    else if (
      changeset.runAlways ||
      (changeset.runOnChange && row.checksum !== null && row.checksum !== changeset.checksum)
    ) {
      pending.push({ changeset, ran: row });
    }
  }
  const unknown = [...rows.values()];
  return { pending, drift: [...drift, ...recased(pending, unknown)], unknown, unsummed, skipped };
}

/** What would run twice because somebody wrote its path, id or author in other letters than before. */
function recased(pending: readonly PendingChangeset[], unknown: readonly HistoryRow[]): string[] {
  const rows = new Map(unknown.map((row) => [identity(row).toLowerCase(), row]));
  return pending.flatMap(({ changeset, ran }) => {
    const row = ran === undefined ? rows.get(identity(changeset).toLowerCase()) : undefined;
    if (row === undefined) return [];
    return [
      `${placed(changeset.place)}: ${identity(changeset)} was run as ${identity(row)}, which differs in capital letters only; write it as it was, or correct ID, AUTHOR and FILENAME of its row in DATABASECHANGELOG`,
    ];
  });
}

/** Refuses to go on when a changeset was changed after it was run. @throws ReleaseError ChangelogDrift */
export function refuseDrift(plan: Plan): void {
  if (plan.drift.length > 0) throw new ReleaseError('ChangelogDrift', plan.drift.join('\n'));
}

/** What to say of a changeset that was changed after it was run; undefined when it was not, or may be. */
export function changedSince(changeset: Changeset, { checksum }: HistoryRow): string | undefined {
  if (checksum === null || changeset.runOnChange || changeset.runAlways || accepts(changeset, checksum))
    return undefined;
  return driftOf(changeset, checksum);
}

function applies(changeset: Changeset, { contexts = [], labelFilter }: Selection): boolean {
  return (
    !changeset.ignore &&
    dbmsMatches(changeset.dbms, changeset.engine) &&
    contextsMatch(changeset.contexts, contexts) &&
    changeset.labels.every((labels) => labelsMatch(labels, labelFilter))
  );
}

function accepts(changeset: Changeset, stored: string): boolean {
  if (stored === changeset.checksum) return true;
  return changeset.validCheckSums.some(
    (sum) => /^(1:)?any$/i.test(sum) || sum === stored || sum === changeset.checksum,
  );
}

function driftOf(changeset: Changeset, stored: string): string {
  const name = `${placed(changeset.place)}: ${identity(changeset)}`;
  if (!stored.startsWith(`${CHECKSUM_VERSION}:`)) {
    return (
      `${name} was run by an older Liquibase (checksum ${stored}), which cannot be compared; ` +
      `run "liquibase update" once with Liquibase 4.28, which writes checksums of version ${CHECKSUM_VERSION}`
    );
  }
  return (
    `${name} was changed after it was run: the database has ${stored}, the changelog ${changeset.checksum}; ` +
    `restore its text and make the change in a new changeset, or accept it with "--validCheckSum: ${stored}"`
  );
}
