import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database';
import { quoted } from '../database';
import { tokens } from '../tokens';

/** A statement on an index that runs outside transactions. */
export interface ConcurrentIndex {
  readonly action: 'create' | 'drop' | 'reindex';
  /** Name as written, with schema when it has one; undefined for an unnamed index. */
  readonly name?: string;
  /** Table of CREATE INDEX: an index lies in its table's schema. */
  readonly table?: string;
}

/** Reads CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY and REINDEX … CONCURRENTLY; undefined for anything else. */
export function concurrentIndexOf(sql: string): ConcurrentIndex | undefined {
  const words = wordsOf(sql);
  const lower = words.map((word) => word.toLowerCase());
  const concurrently = lower.indexOf('concurrently');
  if (concurrently < 0 || concurrently > 6) return undefined;
  if (lower[0] === 'reindex') return { action: 'reindex' };
  const create = lower[0] === 'create' && (lower[1] === 'index' || (lower[1] === 'unique' && lower[2] === 'index'));
  if (!create && !(lower[0] === 'drop' && lower[1] === 'index')) return undefined;
  let next = concurrently + 1;
  if (lower[next] === 'if') next += create ? 3 : 2; // IF NOT EXISTS, IF EXISTS
  const [name, after] = nameAt(words, next);
  if (!create) return { action: 'drop', name };
  if (lower[next] === 'on') return { action: 'create' };
  let table = lower[after] === 'on' ? after + 1 : words.length;
  if (lower[table] === 'only') table++;
  return { action: 'create', name, table: nameAt(words, table)[0] };
}

/** State of an index in the catalog. */
export type IndexState = 'valid' | 'invalid' | 'building' | 'missing';

export async function indexState(database: Database, index: ConcurrentIndex): Promise<IndexState> {
  const found = await findIndex(database, index);
  if (found === undefined) return 'missing';
  if (found.building) return 'building';
  return found.valid ? 'valid' : 'invalid';
}

/**
 * Drops what a failed CREATE INDEX CONCURRENTLY left behind: an INVALID index that no query uses, that every write pays
 * for, and that would make a second attempt fail. One that another session still builds is waited for.
 *
 * @returns whether an index was dropped
 */
export async function dropInvalidIndex(database: Database, index: ConcurrentIndex, until: number): Promise<boolean> {
  let found = await findIndex(database, index);
  while (found?.building && Date.now() < until) {
    await sleep(500);
    found = await findIndex(database, index);
  }
  if (found === undefined || found.valid || found.building) return false;
  await database.query(`DROP INDEX CONCURRENTLY IF EXISTS ${quoted(found.schema)}.${quoted(found.name)}`);
  return true;
}

interface FoundIndex {
  readonly schema: string;
  readonly name: string;
  readonly valid: boolean;
  readonly building: boolean;
}

async function findIndex(database: Database, { name, table }: ConcurrentIndex): Promise<FoundIndex | undefined> {
  if (name === undefined) return undefined;
  const { rows } = await database.query(
    `SELECT schemas.nspname AS schema, named.relname AS name, index.indisvalid AS valid,
       EXISTS (SELECT 1 FROM pg_stat_progress_create_index progress WHERE progress.index_relid = index.indexrelid) AS building
     FROM pg_index index JOIN pg_class named ON named.oid = index.indexrelid JOIN pg_namespace schemas ON schemas.oid = named.relnamespace
     WHERE named.relname = (parse_ident($1))[cardinality(parse_ident($1))]
       AND CASE WHEN $2::text IS NULL THEN named.oid = to_regclass($1) ELSE index.indrelid = to_regclass($2) END`,
    [name, table ?? null],
  );
  return rows[0] as FoundIndex | undefined;
}

/** Words, quoted names and dots of the first part of a statement; comments and white space are left out. */
function wordsOf(sql: string): string[] {
  const words: string[] = [];
  for (const { kind, start, end } of tokens(sql)) {
    if (kind === 'space' || kind === 'comment') continue;
    words.push(sql.slice(start, end));
    if (words.length > 20) break;
  }
  return words;
}

/** A name with its schema from the given word on, and where it ends. */
function nameAt(words: readonly string[], start: number): [string | undefined, number] {
  let name = words[start];
  let next = start + 1;
  while (words[next] === '.' && words[next + 1] !== undefined) {
    name = `${name}.${words[next + 1]}`;
    next += 2;
  }
  return [name, next];
}
