import type { z } from 'zod';
import { distance } from './distance';
import type { Problem } from './model';
import { schema } from './schema';

/** Turns what the schema found into one line each: where, what was given, what is allowed. */
export function problemsOf(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: pathText([...path, key]), message: unknownOption(key, path) }));
    }
    // A key of a record that has the wrong form: the words are those of the key's own schema.
    const allowed = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ path: pathText(path), message: `${given(path, input)}; allowed: ${allowed}` }];
  });
}

/** `['environments', 1, 'bake']` becomes `environments[1].bake`. */
function pathText(path: readonly (string | number)[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return text.replace(/^\./, '') || 'the configuration';
}

function unknownOption(key: string, parent: readonly (string | number)[]): string {
  const known = optionsAt(parent);
  const nearest = known
    .map((option) => ({ option, steps: distance(key.toLowerCase(), option.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)[0];
  // A third of the letters wrong is still a slip of the pen; more is another word.
  const meant = nearest && nearest.steps <= Math.max(2, key.length / 3) ? `did you mean "${nearest.option}"? ` : '';
  return `unknown option; ${meant}allowed: ${known.join(', ')}`;
}

/** Names of the options of the object at a path, read from the schema itself. */
function optionsAt(path: readonly (string | number)[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = unwrap(at);
    at = typeof key === 'number' ? (at as { element?: unknown }).element : (at as { shape?: Shape }).shape?.[key];
  }
  return Object.keys((unwrap(at) as { shape?: Shape })?.shape ?? {});
}

type Shape = Record<string, unknown>;

/** Takes `optional`, `default` and `prefault` off a schema. */
function unwrap(type: unknown): unknown {
  const inner = (type as { def?: { innerType?: unknown } } | undefined)?.def?.innerType;
  return inner === undefined ? type : unwrap(inner);
}

function given(path: readonly (string | number)[], input: unknown): string {
  const value = path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], input);
  if (value === undefined) return 'missing';
  // Somebody may have put a secret among the environment variables: it must not appear in a build's log.
  if (path[0] === 'container' && path[1] === 'environment' && path.length > 2) return `got a ${typeof value}`;
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return `got ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

/** A mistake in words: what was given, what is allowed. */
export function wrong(path: string, given: unknown, allowed: string): Problem {
  return { path, message: `got ${JSON.stringify(given)}; allowed: ${allowed}` };
}
