// What means the same in formatted SQL as in YAML and JSON. How it is written differs, and so does what Liquibase makes
// of a mistake: each notation has a reader of its own (attributes.ts, root-changeset.ts).
import type { PreconditionReaction } from './changelog';
import { delimiterOf } from './delimiter';
import { checkExpression, contextsMatch, dbmsMatches, labelsMatch } from './expressions';
import type { Place } from './problem';
import { ChangelogProblem } from './problem';
import type { Property } from './properties';
import type { ReadingContext } from './reading';

/** Applies a property's own filters. */
export function applicableProperty(
  property: { name: string; value: string; context?: string; labels?: string; dbms?: string; global: boolean },
  place: Place,
  { engine, given }: ReadingContext,
): Property | undefined {
  if (!dbmsMatches(dbmsList(property.dbms, place), engine)) return undefined;
  if (property.context !== undefined && !contextsMatch([readable(property.context, place)], given.contexts))
    return undefined;
  if (!labelsMatch(labelList(property.labels ?? '', place), given.labelFilter)) return undefined;
  return { name: property.name, value: property.value, ...(property.global ? {} : { file: place.file }) };
}

const REACTIONS: readonly string[] = ['HALT', 'CONTINUE', 'MARK_RAN', 'WARN'] satisfies PreconditionReaction[];

/** Reads a reaction to a precondition. @throws ChangelogProblem for an unknown one */
export function reaction(value: string | undefined, place: Place): PreconditionReaction {
  const upper = value?.toUpperCase() ?? 'HALT';
  if (!REACTIONS.includes(upper)) throw new ChangelogProblem(place, `"${value}" is none of ${REACTIONS.join(', ')}`);
  return upper as PreconditionReaction;
}

/** Checks a context expression. @throws ChangelogProblem when it cannot be read */
export function readable(expression: string, place: Place): string {
  return checked(expression, checkExpression, place);
}

/** Labels in lower case, without blanks around them, each once. @throws ChangelogProblem for an empty one before others */
export function labelList(text: string, place: Place): string[] {
  if (/^\s*,\s*[^,\s]|,\s*,\s*[^,\s]/.test(text)) throw new ChangelogProblem(place, `"${text}" has an empty label`);
  const labels = text
    .toLowerCase()
    .split(',')
    .map((label) => label.trim());
  return [...new Set(labels)].filter((label) => label !== '');
}

/** Database names of a `dbms` attribute in lower case. */
export function dbmsList(text: string | undefined, place: Place): string[] {
  const names = (text ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = names.find((name) => !/^!?\w+$/.test(name));
  if (wrong !== undefined) throw new ChangelogProblem(place, `"${wrong}" is no database name in dbms`);
  return names;
}

/** Checks an `endDelimiter`. @throws ChangelogProblem when it is more of a regular expression than is supported */
export function usableDelimiter(text: string, place: Place): string {
  return checked(text, delimiterOf, place);
}

function checked(text: string, check: (text: string) => unknown, place: Place): string {
  try {
    check(text);
    return text;
  } catch (error) {
    throw new ChangelogProblem(place, (error as Error).message, { cause: error });
  }
}
