import { identity } from './changelog';
import { connectionOf, engineNameOf, withDatabase } from './connect';
import type { ConnectionConfig, DatabaseSecret } from './connect';
import type { Database } from './database';
import { readHistory } from './history';
import { planUpdate } from './plan';
import { readChangelog } from './reader';
import type { ChangelogFiles } from './reading';
import { readTables } from './read-tables';
import { verify } from './verify';

/** What a database is held against. */
export interface ValidationTask {
  /** The changelog that the database is expected to have. Without one, its tables are read and nothing else. */
  readonly changelog?: { readonly root: string; readonly files: ChangelogFiles };
  /** Contexts that the changelog is run with: the environment's name. */
  readonly contexts: readonly string[];
  /**
   * Whether changesets that the database does not have are findings. They are none for a moment at which the changelog
   * was not wholly applied, for example before a release's migrations.
   * @default true
   */
  readonly complete?: boolean;
  /** Milliseconds for reading the tables; those that are left then are named, not counted as findings. @default 300000 */
  readonly readMs?: number;
}

/** One thing that is wrong with a database. */
export interface ValidationFinding {
  /** What was looked at: the history of changesets, an assertion of `verify/`, or a table. */
  readonly check: 'history' | 'assertion' | 'table';
  /** A sentence with place and what was found; never a row's content beyond what an assertion returns. */
  readonly message: string;
}

/** What validating a database came to. It is sound when there are no findings. */
export interface Validation {
  /** Changesets of the changelog that the database has, with the changelog's checksums. */
  readonly changesets: number;
  /** Changesets of the changelog that it does not have. */
  readonly pending: number;
  /** Changesets in its history that the changelog does not know: those of a newer version, for example. */
  readonly unknown: number;
  /** Assertions that were asked. */
  readonly assertions: number;
  /** Rows by table, of the tables that were read from their first row to their last. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables for which there was no time. */
  readonly unread: readonly string[];
  readonly findings: readonly ValidationFinding[];
}

/**
 * Whether a database, for example one that was just restored, is what its changelog says: every changeset that ran has
 * the changelog's checksum, every assertion of `verify/*.sql` holds, and every table can be read to its last row.
 * Nothing is written.
 */
export async function validateDatabase(database: Database, task: ValidationTask): Promise<Validation> {
  const findings: ValidationFinding[] = [];
  const history = { changesets: 0, pending: 0, unknown: 0 };
  let assertions = 0;
  if (task.changelog !== undefined) {
    const compared = await compareHistory(database, task.changelog, task);
    Object.assign(history, compared.counts);
    findings.push(...compared.findings);
    const asked = await verify(database, task.changelog.files);
    assertions = asked.checks;
    for (const { file, line, message } of asked.findings)
      findings.push({ check: 'assertion', message: `${file}:${line}: ${message}` });
  }
  const { rows, unread, problems } = await readTables(database, task.readMs ?? 300_000);
  findings.push(...problems.map((message) => ({ check: 'table' as const, message })));
  return { ...history, assertions, rows, unread, findings };
}

/**
 * Connects with the first of these secrets that the database takes. A database that was restored has the passwords of
 * the moment that it was restored to: the current ones, or, when a rotation came in between, those before.
 *
 * @param secrets the verifier's, newest first
 * @param at overrides the secrets' own host and port
 * @throws ReleaseError Transient when the database cannot be reached, MigrationFailed when it takes none of them
 */
export async function withFirstSecret<T>(
  secrets: readonly DatabaseSecret[],
  at: { readonly host?: string; readonly port?: number; readonly database: string },
  work: (database: Database, secret: DatabaseSecret) => Promise<T>,
): Promise<T> {
  for (const [index, secret] of secrets.entries()) {
    const config: ConnectionConfig = {
      ...connectionOf(secret, at.database),
      ...(at.host !== undefined && { host: at.host }),
      ...(at.port !== undefined && { port: at.port }),
    };
    try {
      return await withDatabase(config, (database) => work(database, secret));
    } catch (error) {
      if (index === secrets.length - 1 || !isRefusedPassword(error)) throw error;
    }
  }
  throw new Error('no secret was given to connect with');
}

/** What the engines say of a wrong password, or of a user who does not exist. */
function isRefusedPassword(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  return code === '28P01' || code === '28000';
}

async function compareHistory(
  database: Database,
  { root, files }: NonNullable<ValidationTask['changelog']>,
  { contexts, complete = true }: ValidationTask,
): Promise<{
  counts: Pick<Validation, 'changesets' | 'pending' | 'unknown'>;
  findings: ValidationFinding[];
}> {
  const engine = database.engine?.name ?? engineNameOf({});
  const changelog = readChangelog(files, root, { engine, contexts });
  const rows = await readHistory(database);
  const plan = planUpdate(changelog, rows, { contexts });
  const missing = plan.pending.filter(({ ran }) => ran === undefined).map(({ changeset }) => identity(changeset));
  const findings = plan.drift.map((message): ValidationFinding => ({ check: 'history', message }));
  if (complete && missing.length > 0) {
    const first = missing.slice(0, 3).join(', ');
    const message = `${missing.length} of ${changelog.changesets.length} changesets are missing in DATABASECHANGELOG, for example ${first}`;
    findings.push({ check: 'history', message });
  }
  const counts = {
    changesets: rows.length - plan.unknown.length,
    pending: missing.length,
    unknown: plan.unknown.length,
  };
  return { counts, findings };
}
