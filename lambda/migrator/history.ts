import type { Changeset } from './changelog';
import { contextsColumn, labelsColumn } from './changelog';
import type { Database } from './database';
import { engineOf } from './engine';
import { javaTrim } from './text';

/** A row of DATABASECHANGELOG, as far as the migrator reads it. */
export interface HistoryRow {
  readonly id: string;
  readonly author: string;
  readonly path: string;
  readonly order: number;
  readonly executedAt: string;
  readonly type: 'EXECUTED' | 'RERAN' | 'MARK_RAN' | 'FAILED' | 'SKIPPED';
  readonly checksum: string | null;
  readonly tag: string | null;
  readonly deployment: string | null;
}

/** What the column LIQUIBASE says of rows that this runner writes. */
export const WRITER = 'greenroom 0.1.0';

const HISTORY_TABLE = 'DATABASECHANGELOG';

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
  const { rows } = await database.query(
    `SELECT id AS id, author AS author, filename AS path, orderexecuted AS ${quoted('order')}, ${timeText('dateexecuted')} AS ${quoted('executedAt')}, exectype AS type, md5sum AS checksum, tag AS tag, deployment_id AS deployment FROM ${historyTable(database)} ORDER BY dateexecuted, orderexecuted`,
  );
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

/** Writes that a changeset ran, or was marked as run. */
export async function recordRun(database: Database, changeset: Changeset, record: RunRecord): Promise<void> {
  const { type, order, deployment } = record;
  const tag = changeset.changes.find((change) => change.type === 'tagDatabase')?.tag ?? null;
  const values = [
    changeset.id,
    changeset.author,
    changeset.path,
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
export async function recordChecksum(database: Database, changeset: Changeset): Promise<void> {
  await database.query(
    `UPDATE ${historyTable(database)} SET md5sum = $4 WHERE ${picked(database)} AND md5sum IS NULL`,
    [changeset.id, changeset.author, changeset.path, changeset.checksum],
  );
}

/** Takes a row away after its changeset was rolled back. */
export async function eraseRun(database: Database, row: { id: string; author: string; path: string }): Promise<void> {
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

/** As Liquibase shortens descriptions and comments. */
function limited(text: string): string {
  return text.length > 250 ? `${text.slice(0, 247)}...` : text;
}
