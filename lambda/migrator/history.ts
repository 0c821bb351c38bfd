import { ReleaseError } from '../domain/errors';
import type { Changeset } from './changelog';
import { contextsColumn, labelsColumn } from './changelog';
import type { Database } from './database';
import { isServerError } from './database';
import { engineOf } from './engine';
import { placed } from './problem';
import { javaTrim } from './text';

/** A row of DATABASECHANGELOG, as far as the migrator reads it. */
export interface HistoryRow {
  readonly id: string;
  readonly author: string;
  /** As it is stored, which is what a row is updated and deleted by. */
  readonly path: string;
  readonly order: number;
  readonly executedAt: string;
  readonly type: 'EXECUTED' | 'RERAN' | 'MARK_RAN' | 'FAILED' | 'SKIPPED';
  readonly checksum: string | null;
  readonly tag: string | null;
  readonly deployment: string | null;
}

/** What the column LIQUIBASE says of rows that this runner writes. */
const WRITER = 'greenroom 0.1.0';

const HISTORY_TABLE = 'DATABASECHANGELOG';

/** SQLSTATEs of PostgreSQL and MySQL. */
const NO_SUCH_COLUMN = new Set(['42703', '42S22']);

function historyTable(database: Database): string {
  return engineOf(database).ownTable(database, HISTORY_TABLE);
}

/** Makes DATABASECHANGELOG unless it is there. */
export async function ensureHistory(database: Database): Promise<void> {
  const { tableExists, tables } = engineOf(database);
  if (!(await tableExists(database, HISTORY_TABLE))) await database.query(tables.history);
}

/** Rows in the order in which they were run; none when the table does not exist yet. */
export async function readHistory(database: Database): Promise<HistoryRow[]> {
  const { tableExists, timeText, quoted } = engineOf(database);
  if (!(await tableExists(database, HISTORY_TABLE))) return [];
  const asked = database.query(
    `SELECT id AS id, author AS author, filename AS path, orderexecuted AS ${quoted('order')}, ${timeText('dateexecuted')} AS ${quoted('executedAt')}, exectype AS type, md5sum AS checksum, tag AS tag, deployment_id AS deployment FROM ${historyTable(database)} ORDER BY dateexecuted, orderexecuted`,
  );
  const { rows } = await asked.catch((error: Error) => {
    if (!isServerError(error) || !NO_SUCH_COLUMN.has(error.code)) throw error;
    throw new ReleaseError(
      'MigrationFailed',
      `DATABASECHANGELOG was made by an older Liquibase: ${error.message}; run "liquibase update" once with Liquibase 4.28, which adds what is missing`,
      { cause: error },
    );
  });
  return rows as HistoryRow[];
}

/** Liquibase's DEPLOYMENT_ID: the last ten digits of the time in milliseconds; one for all changesets of a run. */
export function deploymentId(now = Date.now()): string {
  return String(now).slice(-10);
}

/** What a row says beside the changeset itself. */
export interface RunRecord {
  readonly type: 'EXECUTED' | 'RERAN' | 'MARK_RAN';
  readonly order: number;
  readonly deployment: string;
}

/** The order of the next row: one more than the highest. */
export function nextOrder(history: readonly HistoryRow[]): number {
  return history.reduce((highest, row) => Math.max(highest, row.order), 0) + 1;
}

/** The columns by which a row is found. */
type RowKey = Pick<HistoryRow, 'id' | 'author' | 'path'>;

/**
 * Writes that a changeset ran, or was marked as run.
 *
 * @param ran the row that a changeset has which ran again
 */
export async function recordRun(
  database: Database,
  changeset: Changeset,
  record: RunRecord,
  ran?: RowKey,
): Promise<void> {
  const { type, order, deployment } = record;
  const { id, author, path } = (type === 'RERAN' && ran) || changeset;
  const tag = changeset.changes.find((change) => change.type === 'tagDatabase')?.tag ?? null;
  const values = [
    id,
    author,
    path,
    type,
    changeset.checksum,
    limited(changeset.description),
    limited(javaTrim(changeset.comment)),
    tag,
    WRITER,
    contextsColumn(changeset),
    labelsColumn(changeset),
    deployment,
    order,
  ];
  if (type === 'RERAN') {
    await database.query(
      `UPDATE ${historyTable(database)} SET dateexecuted = NOW(), orderexecuted = $13, exectype = $4, md5sum = $5, description = $6, comments = $7, tag = COALESCE($8, tag), liquibase = $9, contexts = $10, labels = $11, deployment_id = $12 WHERE ${picked(database)}`,
      values,
    );
    return;
  }
  await database.query(
    `INSERT INTO ${historyTable(database)} (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description, comments, tag, liquibase, contexts, labels, deployment_id) VALUES ($1, $2, $3, NOW(), $13, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values,
  );
}

/** Fills in a checksum that `clear-checksums` took away. */
export async function recordChecksum(database: Database, row: RowKey, checksum: string): Promise<void> {
  await database.query(
    `UPDATE ${historyTable(database)} SET md5sum = $4 WHERE ${picked(database)} AND md5sum IS NULL`,
    [row.id, row.author, row.path, checksum],
  );
}

/** Takes a row away after its changeset was rolled back. */
export async function eraseRun(database: Database, row: RowKey): Promise<void> {
  await database.query(`DELETE FROM ${historyTable(database)} WHERE ${picked(database)}`, [
    row.id,
    row.author,
    row.path,
  ]);
}

function picked(database: Database): string {
  const { same } = engineOf(database);
  return ['id', 'author', 'filename'].map((column, index) => same(column, `$${index + 1}`)).join(' AND ');
}

/**
 * Refuses what the columns of DATABASECHANGELOG cannot hold, before anything of it runs: a server that shortens it would
 * not find it again.
 *
 * @throws ReleaseError ChangelogInvalid
 */
export function refuseTooLong(changeset: Changeset): void {
  const tag = changeset.changes.find((change) => change.type === 'tagDatabase')?.tag;
  const { id, author, path, place } = changeset;
  const values = { id, author, path, tag, contexts: contextsColumn(changeset), labels: labelsColumn(changeset) };
  for (const [name, value] of Object.entries(values)) {
    if ((value?.length ?? 0) <= LONGEST || [...(value ?? '')].length <= LONGEST) continue;
    throw new ReleaseError(
      'ChangelogInvalid',
      `${placed(place)}: the ${name} "${value?.slice(0, 40)}…" is longer than the ${LONGEST} characters that DATABASECHANGELOG holds`,
    );
  }
}

const LONGEST = 255;

/** As Liquibase shortens descriptions and comments. */
function limited(text: string): string {
  return text.length > 250 ? `${text.slice(0, 247)}...` : text;
}
