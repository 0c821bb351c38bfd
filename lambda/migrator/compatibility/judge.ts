import { loadModule, parseSync } from 'libpg-query';
import type { Node } from 'libpg-query';
import type { Changeset, Remark } from '../changelog';
import { identity } from '../changelog';
import { ChangelogProblem, placed } from '../problem';
import type { Place } from '../problem';
import type { Statement } from '../split';
import { statementsOf } from '../statements';
import type { EngineName } from '../engine';
import { worse } from './finding';
import { judgeMysqlStatement } from './mysql/rules';
import type { Judgement, Verdict } from './finding';
import { insideDo } from './procedural';
import { judgeStatement } from './rules';
import type { Scope } from './scope';

/** A judgement with the place of its statement. */
export interface Finding extends Judgement {
  readonly place: Place;
  readonly changeset: string;
  /** Why the author lets it pass. @default - it stands */
  readonly waiver?: string;
}

/** What the rules say about one pending changeset. */
export interface ChangesetVerdict {
  readonly changeset: Changeset;
  /** The worst finding that is not waived. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** First version that no longer needs what the changeset removes, as its author declares. */
  readonly unneededSince?: string;
}

/**
 * Judges pending changesets in their order: what an earlier one makes, a later one may change freely.
 *
 * @throws ChangelogProblem for SQL that PostgreSQL's parser refuses (MySQL's is read word by word), and for remarks that cannot be read
 */
export async function judgeChangesets(changesets: readonly Changeset[]): Promise<ChangesetVerdict[]> {
  if (changesets.some(({ engine }) => engine === 'postgresql')) await loadModule();
  const fresh = new Set<string>();
  return changesets.map((changeset) => judgeChangeset(changeset, fresh));
}

function judgeChangeset(changeset: Changeset, fresh: Set<string>): ChangesetVerdict {
  const remarks = changeset.remarks.map(readRemark);
  const unneededSince = remarks.flatMap((remark) => remark.unneededSince ?? []).at(-1);
  const scope: Scope = { inTransaction: changeset.runInTransaction, fresh, unvalidated: new Set() };
  const findings = statementsOf(changeset).flatMap((statement) =>
    judge(changeset.engine, statement, scope).map((judgement): Finding => {
      const waiver = remarks.find((remark) => remark.allow === judgement.rule)?.reason;
      const place = { file: statement.file, line: statement.line };
      return { ...judgement, place, changeset: identity(changeset), ...(waiver === undefined ? {} : { waiver }) };
    }),
  );
  const standing = findings.filter((finding) => finding.waiver === undefined);
  const verdict = standing.map((finding): Verdict => finding.verdict).reduce(worse, 'expand');
  return { changeset, verdict, findings, ...(unneededSince === undefined ? {} : { unneededSince }) };
}

function judge(engine: EngineName, statement: Statement, scope: Scope): Judgement[] {
  if (engine !== 'postgresql') return judgeMysqlStatement(statement.sql, scope);
  return parseStatement(statement).flatMap((node) => {
    if (!('DoStmt' in node)) return judgeStatement(node, scope);
    const { nodes, judgements } = insideDo(node.DoStmt, statement.sql);
    return [...judgements, ...nodes.flatMap((inner) => judgeStatement(inner, scope))];
  });
}

function parseStatement(statement: Statement): Node[] {
  try {
    return (parseSync(statement.sql).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
  } catch (error) {
    const { sqlDetails } = error as { sqlDetails?: { cursorPosition?: number } };
    const before = statement.sql.slice(0, sqlDetails?.cursorPosition ?? 0);
    const line = statement.line + (before.match(/\n/g)?.length ?? 0);
    throw new ChangelogProblem({ file: statement.file, line }, (error as Error).message, { cause: error });
  }
}

interface ReadRemark {
  readonly unneededSince?: string;
  readonly allow?: string;
  readonly reason?: string;
}

/** `--greenroom contract unneededSince:v2.0.0 reason` or `--greenroom allow:rule reason`. */
function readRemark({ text, place }: Remark): ReadRemark {
  const declared = /^contract\s+unneededSince:(v\d+\.\d+\.\d+)(?:\s+(.*))?$/.exec(text);
  if (declared) return { unneededSince: declared[1], reason: declared[2] };
  const allowed = /^allow:([a-z-]+)\s+(\S.*)$/.exec(text);
  if (allowed) return { allow: allowed[1], reason: allowed[2] };
  throw new ChangelogProblem(
    place,
    `"--greenroom ${text}" is not understood; write "--greenroom contract unneededSince:v1.2.3" or "--greenroom allow:<rule> <reason>"`,
  );
}

/** Words a finding for people: place, changeset, rule, what happens, what to do. */
export function describeFinding(finding: Finding): string {
  return `${placed(finding.place)}: ${finding.changeset}: ${finding.verdict} (${finding.rule}): ${finding.reason}; ${finding.mend}`;
}
