import { Pool } from 'pg';
import { HAS_PINNED } from './constants';
import { describeError, log } from './log';
import type { Settings } from './settings';

/** A note as the API shows it. Times are ISO 8601 in UTC with microseconds, ids are strings (bigint). */
export interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Since v1.1.0. */
  readonly pinned?: boolean;
}

/** What a client may set. */
export interface NoteInput {
  readonly title: string;
  readonly body: string;
  /** Since v1.1.0. @default - false for a new note, unchanged for an existing one */
  readonly pinned?: boolean;
}

/** One page of the list, the notes changed last first. */
export interface Listing {
  readonly notes: Note[];
  /** Give it as `before` to get the next page; null on the last one. */
  readonly next: string | null;
}

/** Columns this version cannot live without. */
const NEEDED = ['id', 'title', 'body', 'created_at', 'updated_at', ...(HAS_PINNED ? ['pinned'] : [])];

// Never `*`: the other color's version may have added columns.
const COLUMNS = [
  'id',
  'title',
  'body',
  `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdAt"`,
  `to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "updatedAt"`,
  ...(HAS_PINNED ? ['pinned'] : []),
].join(', ');
const ORDER = 'ORDER BY updated_at DESC, id DESC';

/** The notes in PostgreSQL. Every statement is parametrised. */
export class NoteStore {
  readonly pool: Pool;

  constructor(database: Settings['database']) {
    this.pool = new Pool({
      ...database,
      ssl: database.ssl === false ? false : { ca: [...database.ssl.ca] },
      application_name: 'notes',
      max: 10,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      // Below the 30 s that CloudFront waits for an origin, so that the viewer gets an answer from here.
      statement_timeout: 15_000,
      keepAlive: true,
    });
    // Without a listener a connection that breaks while idle (a failover) would end the process.
    this.pool.on('error', (error) => log('warn', 'an idle database connection broke', describeError(error)));
  }

  /** Why this version cannot serve with the database as it is now, or undefined. */
  async missing(): Promise<string | undefined> {
    // The catalog, not the table: a migration that holds the table's lock does not make the fleet unhealthy.
    const { rows } = await this.pool.query<{ attname: string }>(
      `SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('notes') AND attnum > 0 AND NOT attisdropped`,
    );
    if (rows.length === 0) return 'table notes is missing: its changelog was not applied';
    const present = new Set(rows.map((row) => row.attname));
    const absent = NEEDED.filter((column) => !present.has(column));
    if (absent.length === 0) return undefined;
    return `table notes has no column ${absent.join(', ')}: this version's changelog was not applied`;
  }

  async list(limit: number, before?: Cursor): Promise<Listing> {
    const values: unknown[] = [limit + 1];
    if (before) values.push(before.updatedAt, before.id);
    const where = before ? 'WHERE (updated_at, id) < ($2::timestamptz, $3::bigint)' : '';
    const { rows } = await this.pool.query<Note>(`SELECT ${COLUMNS} FROM notes ${where} ${ORDER} LIMIT $1`, values);
    const notes = rows.slice(0, limit);
    const last = notes.at(-1);
    return { notes, next: rows.length > limit && last ? `${last.updatedAt}_${last.id}` : null };
  }

  /** The pinned notes; none before v1.1.0. */
  async pinned(limit: number): Promise<Note[]> {
    if (!HAS_PINNED) return [];
    const { rows } = await this.pool.query<Note>(`SELECT ${COLUMNS} FROM notes WHERE pinned ${ORDER} LIMIT $1`, [
      limit,
    ]);
    return rows;
  }

  /** Those of the notes that exist, in no particular order. */
  async several(ids: readonly string[]): Promise<Note[]> {
    const { rows } = await this.pool.query<Note>(`SELECT ${COLUMNS} FROM notes WHERE id = ANY($1::bigint[])`, [ids]);
    return rows;
  }

  async get(id: string): Promise<Note | undefined> {
    return (await this.several([id]))[0];
  }

  async create(input: NoteInput): Promise<Note> {
    const { rows } = HAS_PINNED
      ? await this.pool.query<Note>(
          `INSERT INTO notes (title, body, pinned) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`,
          [input.title, input.body, input.pinned ?? false],
        )
      : await this.pool.query<Note>(`INSERT INTO notes (title, body) VALUES ($1, $2) RETURNING ${COLUMNS}`, [
          input.title,
          input.body,
        ]);
    return rows[0] as Note;
  }

  async update(id: string, input: NoteInput): Promise<Note | undefined> {
    const pinned = HAS_PINNED ? ', pinned = coalesce($4, pinned)' : '';
    const values: unknown[] = [id, input.title, input.body];
    if (HAS_PINNED) values.push(input.pinned ?? null);
    const { rows } = await this.pool.query<Note>(
      `UPDATE notes SET title = $2, body = $3, updated_at = now()${pinned} WHERE id = $1 RETURNING ${COLUMNS}`,
      values,
    );
    return rows[0];
  }

  /** Pins or unpins; that is no edit, so `updatedAt` stays. */
  async pin(id: string, pinned: boolean): Promise<boolean> {
    const { rowCount } = await this.pool.query('UPDATE notes SET pinned = $2 WHERE id = $1', [id, pinned]);
    return rowCount === 1;
  }

  async delete(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM notes WHERE id = $1', [id]);
    return rowCount === 1;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** A place in the list. */
export interface Cursor {
  readonly updatedAt: string;
  readonly id: string;
}
