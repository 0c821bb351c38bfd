import { createHash } from 'node:crypto';
import { HAS_PINNED, VERSION } from './constants';
import { html, Html } from './html';
import { MAX_BODY, MAX_TITLE } from './input';
import type { Listing, Note } from './store';
import { STYLE } from './style';

/** The style is in the page: a style sheet of its own would be asked from the other color during a cutover. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Headers of every page. No script, no foreign origin, no frame; forms go home only. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; ` +
    `frame-ancestors 'none'`,
};

/** What was typed and could not be saved. */
export interface Draft {
  readonly title: string;
  readonly body: string;
  readonly problem?: { readonly message: string; readonly field?: string };
}

const EMPTY: Draft = { title: '', body: '' };

export function listPage(
  listing: Listing,
  pinned: readonly Note[],
  color: string,
  older: boolean,
  draft = EMPTY,
): string {
  const recent = listing.notes.filter((note) => !pinned.some((other) => other.id === note.id));
  return layout(
    older ? 'Older notes' : 'Notes',
    color,
    html`
      ${
        older
          ? html`<h1>Older notes</h1>`
          : html`<h1>Notes</h1>
              <section class="card" aria-labelledby="new">
                <h2 id="new">New note</h2>
                ${form('/notes', draft, 'Add note')}
              </section>`
      }
      ${
        pinned.length > 0
          ? html`<section aria-labelledby="pinned">
              <h2 id="pinned">Pinned</h2>
              <ul class="notes">
                ${pinned.map(item)}
              </ul>
            </section>`
          : undefined
      }
      ${
        recent.length > 0
          ? html`<section aria-labelledby="recent">
              <h2 id="recent">${pinned.length > 0 ? 'Others' : 'All notes'}</h2>
              <ul class="notes">
                ${recent.map(item)}
              </ul>
            </section>`
          : undefined
      }
      ${listing.notes.length + pinned.length === 0 ? html`<p class="empty">No notes here yet.</p>` : undefined}
      ${
        older || listing.next
          ? html`<nav class="pages" aria-label="Pages">
              ${older ? html`<a href="/">Newest notes</a>` : undefined}
              ${listing.next ? html`<a href="/?before=${encodeURIComponent(listing.next)}">Older notes</a>` : undefined}
            </nav>`
          : undefined
      }
    `,
  );
}

export function notePage(note: Note, color: string, draft: Draft = note): string {
  return layout(
    note.title,
    color,
    html`
      <p><a href="/">All notes</a></p>
      <h1>Edit note</h1>
      <section class="card" aria-label="Note">${form(`/notes/${note.id}`, draft, 'Save')}</section>
      <details class="danger">
        <summary>Delete this note</summary>
        <form method="post" action="/notes/${note.id}/delete">
          <p>It cannot be brought back.</p>
          <button class="danger">Delete for good</button>
        </form>
      </details>
    `,
  );
}

export function messagePage(title: string, message: string, color: string): string {
  return layout(
    title,
    color,
    html`<h1>${title}</h1>
      <p>${message}</p>
      <p><a href="/">All notes</a></p>`,
  );
}

function form(action: string, draft: Draft, label: string): Html {
  const { problem } = draft;
  const invalid = (field: string): Html | undefined =>
    problem?.field === field ? html` aria-invalid="true" aria-describedby="problem"` : undefined;
  return html`<form method="post" action="${action}">
    ${problem ? html`<p class="problem" id="problem" role="alert">Not saved: ${problem.message}.</p>` : undefined}
    <label for="title">Title</label>
    <input
      id="title"
      name="title"
      required
      maxlength="${MAX_TITLE}"
      autocomplete="off"
      value="${draft.title}"
      ${invalid('title')}
    />
    <label for="body">Text</label>
    <textarea id="body" name="body" rows="4" maxlength="${MAX_BODY}" ${invalid('body')}>${'\n'}${draft.body}</textarea>
    <button>${label}</button>
  </form>`;
}

function item(note: Note): Html {
  const edited = note.updatedAt !== note.createdAt;
  return html`<li id="note-${note.id}">
    <article class="card" aria-labelledby="title-${note.id}">
      <h3 id="title-${note.id}">${note.title}</h3>
      ${note.body ? html`<p class="text">${note.body}</p>` : undefined}
      <footer>
        <span
          >${edited ? 'edited' : 'written'} <time datetime="${note.updatedAt}">${moment(note.updatedAt)}</time></span
        >
        ${HAS_PINNED ? pinForm(note) : undefined}
        <a href="/notes/${note.id}" aria-describedby="title-${note.id}">Edit</a>
      </footer>
    </article>
  </li>`;
}

function pinForm(note: Note): Html {
  return html`<form method="post" action="/notes/${note.id}/pin">
    <button class="plain" name="pinned" value="${note.pinned ? 'false' : 'true'}" aria-describedby="title-${note.id}">
      ${note.pinned ? 'Unpin' : 'Pin'}
    </button>
  </form>`;
}

/** `2026-03-01 14:05 UTC`: the server does not know the reader's time zone. */
function moment(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function layout(title: string, color: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === 'Notes' ? title : `${title} – Notes`}</title>
        <link rel="icon" href="data:," />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${content}</main>
        <footer class="about">Notes ${VERSION} <span class="dot ${color}"></span>${color}</footer>
      </body>
    </html> `.text;
}
