import { HAS_PINNED } from './constants';
import { HttpError } from './http';
import type { Cursor, NoteInput } from './store';

export const MAX_TITLE = 200;
export const MAX_BODY = 20_000;
const MAX_ID = 2n ** 63n - 1n;

/** A note that cannot be saved as it is; the page shows it again with the message. */
export class InvalidNote extends HttpError {
  constructor(
    message: string,
    readonly field: 'title' | 'body' | 'pinned',
  ) {
    super(422, message);
  }
}

/** Checks a note from a client. @throws HttpError 400 when it is no object, InvalidNote when a member is wrong */
export function noteInput(value: unknown): NoteInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'send an object with title and body');
  }
  const { title, body = '', pinned } = value as Record<string, unknown>;
  if (typeof title !== 'string' || title.trim() === '') throw new InvalidNote('a note needs a title', 'title');
  if (typeof body !== 'string') throw new InvalidNote('the body is a text', 'body');
  // v1.0.0 knows nothing of pins and, as an API should, ignores members that it does not know.
  if (HAS_PINNED && pinned !== undefined && typeof pinned !== 'boolean') {
    throw new InvalidNote('pinned is true or false', 'pinned');
  }
  return {
    title: text(title.trim(), MAX_TITLE, 'title'),
    body: text(body.replaceAll('\r\n', '\n'), MAX_BODY, 'body'),
    ...(typeof pinned === 'boolean' ? { pinned } : {}),
  };
}

function text(value: string, limit: number, field: 'title' | 'body'): string {
  if (value.length > limit) throw new InvalidNote(`the ${field} may have ${limit} characters`, field);
  // PostgreSQL stores neither NUL nor half of a surrogate pair.
  return value.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** An id from a path. @throws HttpError 404: what is no id names no note */
export function noteId(value: string): string {
  if (!/^[1-9]\d{0,18}$/.test(value) || BigInt(value) > MAX_ID) throw new HttpError(404, 'there is no such note');
  return value;
}

/** `limit` of a list: 1 to 200. */
export function limitOf(query: URLSearchParams, fallback: number): number {
  const value = Number(query.get('limit') ?? fallback);
  if (!Number.isInteger(value) || value < 1 || value > 200) throw new HttpError(400, 'limit is 1 to 200');
  return value;
}

/** `before` of a list, as `next` of the page before gave it. */
export function cursorOf(query: URLSearchParams): Cursor | undefined {
  const value = query.get('before');
  if (value === null) return undefined;
  const [, updatedAt, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([1-9]\d{0,18})$/.exec(value) ?? [];
  if (!updatedAt || !id || Number.isNaN(Date.parse(updatedAt)) || BigInt(id) > MAX_ID) {
    throw new HttpError(400, 'before is what "next" of the page before said');
  }
  return { updatedAt, id };
}

/** `ids` of a batch read: up to 200, separated by commas. */
export function idsOf(query: URLSearchParams): string[] | undefined {
  const value = query.get('ids');
  if (value === null) return undefined;
  const ids = value.split(',').filter(Boolean);
  if (ids.length > 200) throw new HttpError(400, 'ids names up to 200 notes');
  return ids.map((id) => {
    try {
      return noteId(id);
    } catch {
      throw new HttpError(400, `ids: "${id.slice(0, 30)}" is no id`);
    }
  });
}
