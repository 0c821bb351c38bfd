import { ReleaseError } from '../domain/errors';
import type { Database } from './database';
import { isServerError } from './database';
import { engineOf } from './engine';
import { inTransaction } from './run';
import { limitStatements } from './run-statement';
import { splitSql } from './split';
import { decodeText, splitLines } from './text';
import type { ChangelogFiles } from './reading';

/** Files with the changelog's assertions: each query must return no row. */
const VERIFICATION = /^verify\/.*\.sql$/i;

/** A query that returned rows, or could not be asked. */
export interface VerificationFinding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/**
 * Runs the queries of `verify/*.sql` in a transaction that cannot write.
 *
 * @returns the number of queries, and those that did not hold
 */
export async function verify(
  database: Database,
  files: ChangelogFiles,
  { statementTimeoutMs = 60_000 } = {},
): Promise<{ checks: number; findings: VerificationFinding[] }> {
  const findings: VerificationFinding[] = [];
  let checks = 0;
  await limitStatements(database, statementTimeoutMs, 5_000);
  for (const file of Object.keys(files)
    .filter((name) => VERIFICATION.test(name))
    .sort()) {
    const sql = decodeText(files[file] ?? '');
    const lines = splitLines(sql).map((_, index) => index + 1);
    for (const statement of splitSql(
      { sql, file, lines, splitStatements: true, stripComments: false },
      engineOf(database).name,
    )) {
      checks++;
      const message = await ask(database, statement.sql);
      if (message !== undefined) findings.push({ file, line: statement.line, message });
    }
  }
  return { checks, findings };
}

/** Throws what {@link verify} found. @throws ReleaseError VerificationFailed */
export function refuseFindings(findings: readonly VerificationFinding[]): void {
  if (findings.length === 0) return;
  const sentences = findings.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  throw new ReleaseError('VerificationFailed', sentences.join('\n'));
}

async function ask(database: Database, sql: string): Promise<string | undefined> {
  if (!engineOf(database).isQuery(sql)) return `is no query: "${sql.slice(0, 100)}"`;
  try {
    const work = async () => {
      const { rows } = await database.query(sql);
      if (rows.length === 0) return undefined;
      return `must return no row, but returns ${rows.length}; the first: ${JSON.stringify(rows[0]).slice(0, 300)}`;
    };
    return await inTransaction(database, work, 'START TRANSACTION READ ONLY');
  } catch (error) {
    if (!isServerError(error)) throw error;
    return `cannot be asked: ${error.message} (${error.code})`;
  }
}
