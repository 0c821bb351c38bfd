import { parsePlPgSQLSync, parseSync } from 'libpg-query';
import type { DoStmt, Node } from 'libpg-query';
import { unsafe } from './finding';
import type { Judgement } from './finding';
import { lastName } from './scope';

const OPAQUE_MEND = 'write the statements out, or, when it is harmless, allow this rule and say why';

/**
 * The SQL statements inside a DO block, for the rules to judge; and what cannot be seen: SQL that is put together at run
 * time, and languages other than PL/pgSQL.
 *
 * @param sql the whole DO statement
 */
export function insideDo(statement: DoStmt, sql: string): { nodes: Node[]; judgements: Judgement[] } {
  const language = statement.args?.flatMap((arg) =>
    'DefElem' in arg && arg.DefElem.defname === 'language' ? [lastName(arg.DefElem.arg)] : [],
  )[0];
  if (language !== undefined && language !== 'plpgsql') {
    return {
      nodes: [],
      judgements: [unsafe('opaque-code', `a DO block in ${language} cannot be judged`, OPAQUE_MEND)],
    };
  }
  const nodes: Node[] = [];
  const judgements: Judgement[] = [];
  let tree: unknown;
  try {
    tree = parsePlPgSQLSync(sql);
  } catch (error) {
    return {
      nodes,
      judgements: [unsafe('opaque-code', `the DO block cannot be read: ${(error as Error).message}`, OPAQUE_MEND)],
    };
  }
  visit(tree, (kind, value) => {
    if (kind === 'PLpgSQL_stmt_dynexecute' || kind === 'PLpgSQL_stmt_dynfors') {
      judgements.push(
        unsafe('opaque-code', 'EXECUTE puts SQL together at run time, which cannot be judged', OPAQUE_MEND),
      );
    }
    const query = kind === 'PLpgSQL_stmt_execsql' ? queryOf(value) : undefined;
    if (query === undefined) return;
    try {
      nodes.push(...(parseSync(query).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt])));
    } catch {
      judgements.push(unsafe('opaque-code', `"${query.slice(0, 60)}" cannot be judged`, OPAQUE_MEND));
    }
  });
  return { nodes, judgements };
}

function queryOf(value: unknown): string | undefined {
  const found = (value as { sqlstmt?: { PLpgSQL_expr?: { query?: string } } }).sqlstmt?.PLpgSQL_expr?.query;
  // `SELECT … INTO variable` is only known to PL/pgSQL; it writes nothing.
  return found === undefined || /^\s*select\b/i.test(found) ? undefined : found;
}

function visit(value: unknown, take: (kind: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [kind, inner] of Object.entries(value)) {
    take(kind, inner);
    visit(inner, take);
  }
}
