import type { IncomingMessage } from 'node:http';
import { HAS_PINNED } from './constants';
import { HttpError, json, readBody, refuseCrossSite, seeOther, type Answer } from './http';
import { cursorOf, idsOf, InvalidNote, limitOf, noteId, noteInput } from './input';
import { listPage, notePage, PAGE_HEADERS } from './page';
import type { Notes } from './notes';
import type { Note } from './store';

/** What a route needs. */
export interface Context {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** What the path's `(…)` matched. */
  readonly id: string;
  readonly store: Notes;
  readonly color: string;
}

type Handler = (context: Context) => Promise<Answer>;

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const PAGE_SIZE = 25;

const ROUTES: readonly (readonly [RegExp, Readonly<Record<string, Handler>>])[] = [
  [/^\/$/, { GET: showList }],
  [/^\/notes$/, { POST: createByForm }],
  [/^\/notes\/([^/]+)$/, { GET: showNote, POST: updateByForm }],
  [/^\/notes\/([^/]+)\/delete$/, { POST: deleteByForm }],
  ...(HAS_PINNED ? ([[/^\/notes\/([^/]+)\/pin$/, { POST: pinByForm }]] as const) : []),
  [/^\/api\/notes$/, { GET: list, POST: create }],
  [/^\/api\/notes\/([^/]+)$/, { GET: read, PUT: update, DELETE: remove }],
];

/** Finds the route of a request and runs it. @throws HttpError 403, 404, 405 and what the routes throw */
export async function route(context: Omit<Context, 'id'>): Promise<Answer> {
  // HEAD is GET without the body, which Node leaves out by itself.
  const method = context.request.method === 'HEAD' ? 'GET' : (context.request.method ?? 'GET');
  for (const [pattern, handlers] of ROUTES) {
    const match = pattern.exec(context.url.pathname);
    if (!match) continue;
    const handler = handlers[method];
    if (!handler) {
      const allow = Object.keys(handlers).join(', ');
      throw new HttpError(405, `this path knows ${allow}`, { allow });
    }
    if (method !== 'GET') refuseCrossSite(context.request);
    return handler({ ...context, id: match[1] ?? '' });
  }
  throw new HttpError(404, 'there is nothing at this path');
}

async function list({ url, store }: Context): Promise<Answer> {
  const ids = idsOf(url.searchParams);
  if (ids) return json(200, { notes: await store.several(ids), next: null });
  return json(200, await store.list(limitOf(url.searchParams, 50), cursorOf(url.searchParams)));
}

async function create({ request, store }: Context): Promise<Answer> {
  const note = await store.create(noteInput(await readJson(request)));
  return json(201, note, { location: `/api/notes/${note.id}` });
}

async function read({ id, store }: Context): Promise<Answer> {
  return json(200, found(await store.get(noteId(id))));
}

async function update({ request, id, store }: Context): Promise<Answer> {
  const input = noteInput(await readJson(request));
  return json(200, found(await store.update(noteId(id), input)));
}

async function remove({ id, store }: Context): Promise<Answer> {
  if (!(await store.delete(noteId(id)))) throw missing();
  return { status: 204 };
}

async function showList(context: Context, draft?: Parameters<typeof listPage>[4], status = 200): Promise<Answer> {
  const { url, store, color } = context;
  const before = cursorOf(url.searchParams);
  const [listing, pinned] = await Promise.all([store.list(PAGE_SIZE, before), before ? [] : store.pinned(PAGE_SIZE)]);
  return { status, headers: PAGE_HEADERS, body: listPage(listing, pinned, color, before !== undefined, draft) };
}

async function showNote({ id, store, color }: Context): Promise<Answer> {
  return { status: 200, headers: PAGE_HEADERS, body: notePage(found(await store.get(noteId(id))), color) };
}

async function createByForm(context: Context): Promise<Answer> {
  const fields = await readForm(context.request);
  try {
    const note = await context.store.create(noteInput(fields));
    return seeOther(`/#note-${note.id}`);
  } catch (error) {
    if (!(error instanceof InvalidNote)) throw error;
    return showList(context, { ...fields, problem: error }, error.status);
  }
}

async function updateByForm({ request, id, store, color }: Context): Promise<Answer> {
  const fields = await readForm(request);
  try {
    const note = found(await store.update(noteId(id), noteInput(fields)));
    return seeOther(`/#note-${note.id}`);
  } catch (error) {
    if (!(error instanceof InvalidNote)) throw error;
    const body = notePage(found(await store.get(noteId(id))), color, { ...fields, problem: error });
    return { status: error.status, headers: PAGE_HEADERS, body };
  }
}

async function deleteByForm({ request, id, store }: Context): Promise<Answer> {
  await readForm(request);
  // Sent twice, or deleted by somebody else meanwhile: the note is gone, which is what was asked for.
  await store.delete(noteId(id));
  return seeOther('/');
}

async function pinByForm({ request, id, store }: Context): Promise<Answer> {
  const pinned = new URLSearchParams(await readBody(request, FORM_TYPE)).get('pinned') === 'true';
  if (!(await store.pin(noteId(id), pinned))) throw missing();
  return seeOther(`/#note-${id}`);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request, JSON_TYPE);
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
}

async function readForm(request: IncomingMessage): Promise<{ title: string; body: string }> {
  const fields = new URLSearchParams(await readBody(request, FORM_TYPE));
  return { title: fields.get('title') ?? '', body: fields.get('body') ?? '' };
}

function found(note: Note | undefined): Note {
  if (!note) throw missing();
  return note;
}

function missing(): HttpError {
  return new HttpError(404, 'there is no such note');
}
