import type { Choice } from './choices';
import type { Content, Entry, Journal, State } from './journal';
import type { Kind } from './messages';
import type { Reply, Viewer } from './viewer';

/** What a viewer did: the answer, if any, and what was wrong with it. */
export interface Done {
  readonly kind: Kind;
  readonly reply?: Reply;
  /** Undefined when the viewer got what it asked for. */
  readonly problem?: string;
}

/** Makes content that no other write has: the token is in it. */
export type Write = () => Content;

/**
 * Does what was chosen and keeps the journal. What needs a note creates one instead when none is free.
 */
export async function act(choice: Choice, viewer: Viewer, journal: Journal, write: Write): Promise<Done> {
  const { kind } = choice;
  if (kind === 'list') return ask(kind, () => viewer.send('GET', '/api/notes?limit=20'), 200);
  if (kind === 'list-page') return ask(kind, () => viewer.send('GET', '/'), 200);
  const entry = kind === 'create' || kind === 'create-page' ? undefined : journal.pick(choice.note);
  if (!entry) return create(kind.endsWith('-page') ? 'create-page' : 'create', viewer, journal, write());
  if (kind === 'read' || kind === 'read-page') return read(kind, entry, viewer);
  if (kind === 'delete') {
    return change(kind, entry, 'deleted', journal, 204, () => viewer.send('DELETE', `/api/notes/${entry.id}`));
  }
  const content = write();
  return kind === 'edit-page'
    ? change(kind, entry, content, journal, 303, () =>
        viewer.send('POST', `/notes/${entry.id}`, { form: { ...content } }),
      )
    : change(kind, entry, content, journal, 200, () => viewer.send('PUT', `/api/notes/${entry.id}`, { json: content }));
}

async function ask(kind: Kind, send: () => Promise<Reply>, wanted: number): Promise<Done> {
  try {
    const reply = await send();
    return reply.status === wanted ? { kind, reply } : { kind, reply, problem: describe(reply, wanted) };
  } catch (error) {
    return { kind, problem: reason(error) };
  }
}

async function create(
  kind: 'create' | 'create-page',
  viewer: Viewer,
  journal: Journal,
  content: Content,
): Promise<Done> {
  const done =
    kind === 'create'
      ? await ask(kind, () => viewer.send('POST', '/api/notes', { json: content }), 201)
      : await ask(kind, () => viewer.send('POST', '/notes', { form: { ...content } }), 303);
  if (done.problem !== undefined) {
    if (inDoubt(done)) journal.creationInDoubt();
    return done;
  }
  const id = /(\d+)$/.exec(done.reply?.location ?? '')?.[1];
  if (id === undefined) {
    journal.creationInDoubt();
    return { ...done, problem: 'the answer does not say where the new note is' };
  }
  journal.created(id, content);
  return done;
}

async function change(
  kind: Kind,
  entry: Entry,
  state: State,
  journal: Journal,
  wanted: number,
  send: () => Promise<Reply>,
): Promise<Done> {
  journal.begin(entry);
  const done = await ask(kind, send, wanted);
  if (done.problem === undefined) journal.acknowledge(entry, state);
  else if (inDoubt(done)) journal.doubt(entry, state);
  else journal.refuse(entry);
  return done;
}

/** Reads a note; it must be as last acknowledged, unless somebody wrote it in the meantime. */
async function read(kind: 'read' | 'read-page', entry: Entry, viewer: Viewer): Promise<Done> {
  const { state, revision } = entry;
  const path = kind === 'read' ? `/api/notes/${entry.id}` : `/notes/${entry.id}`;
  const done = await ask(kind, () => viewer.send('GET', path), 200);
  // Deleted or changed while we asked: whatever came back is right.
  if (entry.revision !== revision) {
    return done.reply?.status === 404 ? { kind, reply: done.reply } : done;
  }
  if (done.problem !== undefined || state === 'deleted') return done;
  // Titles and bodies of the load hold nothing that JSON or HTML would escape.
  return done.reply?.body.includes(state.body)
    ? done
    : { ...done, problem: 'a note without its last acknowledged edit' };
}

/** A 4xx is a refusal; after anything else nobody knows whether the write was done. */
function inDoubt(done: Done): boolean {
  return done.reply === undefined || done.reply.status < 400 || done.reply.status >= 500;
}

function describe(reply: Reply, wanted: number): string {
  const excerpt = reply.body
    .replace(/<style>[^]*?<\/style>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
  return `${reply.status} instead of ${wanted}${excerpt ? `: ${excerpt}` : ''}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${code}: ${error.message}` : `${error.name}: ${error.message}`;
}
