/** What a viewer wrote. */
export interface Content {
  readonly title: string;
  readonly body: string;
}

/** The state of a note: its content, or that it was deleted. */
export type State = Content | 'deleted';

/** A note whose creation was acknowledged. */
export interface Entry {
  readonly id: string;
  /** As last acknowledged. */
  readonly state: State;
  /** Grows with every write that begins or ends: two equal values mean that nothing happened between them. */
  readonly revision: number;
  /** A write is under way. Only one at a time, so that "last" has a meaning. */
  readonly busy: boolean;
}

interface OwnEntry extends Entry {
  state: State;
  revision: number;
  busy: boolean;
  /** What a write of unknown outcome may have made of it; it is not written again. */
  perhaps?: State;
  /** Index in `open`, or -1. */
  place: number;
}

export type Verdict = 'verified' | 'missing' | 'different';

/** Remembers every acknowledged write, so that each can be read back at the end. */
export class Journal {
  private readonly entries = new Map<string, OwnEntry>();
  /** Notes that may be read and written: neither deleted nor in doubt. */
  private readonly open: OwnEntry[] = [];
  private writes = 0;
  private doubts = 0;

  /** Creations, edits and deletions that were acknowledged. */
  get acknowledged(): number {
    return this.writes;
  }

  /** Writes of unknown outcome. */
  get unknown(): number {
    return this.doubts;
  }

  all(): readonly Entry[] {
    return [...this.entries.values()];
  }

  /** A note to read or write; `at` is 0 (inclusive) to 1. Undefined when the notes near it are all being written. */
  pick(at: number): Entry | undefined {
    const first = Math.floor(at * this.open.length);
    for (let step = 0; step < Math.min(8, this.open.length); step += 1) {
      const entry = this.open[(first + step) % this.open.length];
      if (entry && !entry.busy) return entry;
    }
    return undefined;
  }

  /** A creation was acknowledged. */
  created(id: string, content: Content): void {
    const entry: OwnEntry = { id, state: content, revision: 0, busy: false, place: this.open.length };
    this.entries.set(id, entry);
    this.open.push(entry);
    this.writes += 1;
  }

  /** A creation failed and may have been done: nobody knows the note's id. */
  creationInDoubt(): void {
    this.doubts += 1;
  }

  /** A write of an existing note begins. */
  begin(entry: Entry): void {
    const own = this.own(entry);
    own.busy = true;
    own.revision += 1;
  }

  /** It was acknowledged. */
  acknowledge(entry: Entry, state: State): void {
    const own = this.end(entry);
    own.state = state;
    this.writes += 1;
    if (state === 'deleted') this.close(own);
  }

  /** It was refused: surely not done. */
  refuse(entry: Entry): void {
    this.end(entry);
  }

  /** It failed and may have been done, or may yet be done: the note is left alone from now on. */
  doubt(entry: Entry, state: State): void {
    const own = this.end(entry);
    own.perhaps = state;
    this.doubts += 1;
    this.close(own);
  }

  /** Compares a note with what was acknowledged. */
  judge(entry: Entry, found: Content | undefined): Verdict {
    const own = this.own(entry);
    const now: State = found ?? 'deleted';
    if (same(now, own.state) || (own.perhaps !== undefined && same(now, own.perhaps))) return 'verified';
    return now === 'deleted' ? 'missing' : 'different';
  }

  private own(entry: Entry): OwnEntry {
    const own = this.entries.get(entry.id);
    if (!own) throw new Error(`note ${entry.id} is not in the journal`);
    return own;
  }

  private end(entry: Entry): OwnEntry {
    const own = this.own(entry);
    own.busy = false;
    own.revision += 1;
    return own;
  }

  private close(own: OwnEntry): void {
    const last = this.open.pop();
    if (last && last !== own) {
      this.open[own.place] = last;
      last.place = own.place;
    }
    own.place = -1;
  }
}

function same(a: State, b: State): boolean {
  if (a === 'deleted' || b === 'deleted') return a === b;
  return a.title === b.title && a.body === b.body;
}
