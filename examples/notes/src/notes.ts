import type { Cache } from './cache';
import type { Cursor, Listing, Note, NoteInput, NoteStore } from './store';

/** Cookie of a viewer who changed something that the cache did not hear of: lists come from the database for them. */
const FRESH = 'notes-fresh';

/** The notes as one request sees them: lists through the cache, everything else from the database. */
export class Notes {
  private readonly cache: Cache | undefined;
  private unheard = false;

  constructor(
    private readonly store: NoteStore,
    private readonly shared: Cache | undefined,
    cookies: string | undefined,
  ) {
    const fresh = (cookies ?? '').split(/; */).includes(`${FRESH}=1`);
    this.cache = fresh ? undefined : shared;
  }

  /** What the answer to this request has to carry, so that its viewer sees their own change, whichever process they ask. */
  get headers(): Record<string, string> {
    if (!this.unheard || !this.shared) return {};
    return {
      'set-cookie': `${FRESH}=1; Max-Age=${Math.ceil(2 * this.shared.seconds)}; Path=/; HttpOnly; SameSite=Lax`,
    };
  }

  async list(limit: number, before?: Cursor): Promise<Listing> {
    const load = () => this.store.list(limit, before);
    return this.cache?.through(`list:${limit}:${before?.updatedAt ?? ''}:${before?.id ?? ''}`, load) ?? load();
  }

  async pinned(limit: number): Promise<Note[]> {
    const load = () => this.store.pinned(limit);
    return this.cache?.through(`pinned:${limit}`, load) ?? load();
  }

  several(ids: readonly string[]): Promise<Note[]> {
    return this.store.several(ids);
  }

  get(id: string): Promise<Note | undefined> {
    return this.store.get(id);
  }

  create(input: NoteInput): Promise<Note> {
    return this.changing(() => this.store.create(input));
  }

  update(id: string, input: NoteInput): Promise<Note | undefined> {
    return this.changing(() => this.store.update(id, input));
  }

  pin(id: string, pinned: boolean): Promise<boolean> {
    return this.changing(() => this.store.pin(id, pinned));
  }

  delete(id: string): Promise<boolean> {
    return this.changing(() => this.store.delete(id));
  }

  /** Also after an error: a connection that breaks does not say whether the change was made. */
  private async changing<T>(change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } finally {
      if (this.shared && !(await this.shared.forget())) this.unheard = true;
    }
  }
}
