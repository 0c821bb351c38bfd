import type { Place } from './problem';
import { ChangelogProblem } from './problem';

/** A changelog property that applies to this database and context. */
export interface Property {
  readonly name: string;
  readonly value: string;
  /** File that it holds for. @default - all files read after it */
  readonly file?: string;
}

/** Longest text that an expansion may lead to, so that values that double each other cannot fill the memory. */
const MAX_LENGTH = 16 * 1024 * 1024;

/**
 * Properties seen so far. A name is compared without regard to case. Of global definitions the first wins, also over those
 * of a file; of a file's own the last.
 */
export class Properties {
  /** @param first what is looked into before `values` */
  constructor(
    given: Readonly<Record<string, string>> = {},
    private readonly values = new Map<string, string>(),
    private readonly first?: Properties,
  ) {
    for (const [name, value] of Object.entries(given)) this.define({ name, value });
  }

  define(property: Property): void {
    const key = keyOf(property.name, property.file);
    if (property.file !== undefined || !this.values.has(key)) this.values.set(key, property.value);
  }

  /** These, for a text that they are looked up for twice: as they are now, and what is left as they are then. */
  fromNow(): Properties {
    return new Properties({}, this.values, new Properties({}, new Map(this.values)));
  }

  /**
   * Replaces `${name}` wherever a property of this name is known, in values too; anything else stays as it is written.
   *
   * @throws ChangelogProblem when properties refer to each other in a circle
   */
  expand(text: string, place: Place): string {
    const known = this.first?.expand(text, place) ?? text;
    return known.includes('${') ? this.expandWithin(known, place, []) : known;
  }

  // One pass with a stack of open `${`, so that unclosed ones cost nothing.
  private expandWithin(text: string, place: Place, within: readonly string[]): string {
    const open = [''];
    let total = 0;
    for (const piece of text.split(/(\$\{|\})/)) {
      if (piece === '${') open.push('');
      else if (piece === '}' && open.length > 1) {
        const name = open.pop() ?? '';
        const value = this.valueOf(name.trim(), place, within) ?? `\${${name}}`;
        total += value.length;
        if (total > MAX_LENGTH)
          throw new ChangelogProblem(place, `the properties expand to more than ${MAX_LENGTH} characters`);
        open[open.length - 1] += value;
      } else open[open.length - 1] += piece;
    }
    return open.join('${');
  }

  private valueOf(name: string, place: Place, within: readonly string[]): string | undefined {
    const key = name.toLowerCase();
    const value = this.values.get(keyOf(name)) ?? this.values.get(keyOf(name, place.file));
    if (value === undefined) return undefined;
    if (within.includes(key)) {
      throw new ChangelogProblem(place, `the properties ${[...within, key].join(' → ')} refer to each other`);
    }
    return value.includes('${') ? this.expandWithin(value, place, [...within, key]) : value;
  }
}

function keyOf(name: string, file = ''): string {
  return `${file}\n${name.toLowerCase()}`;
}
