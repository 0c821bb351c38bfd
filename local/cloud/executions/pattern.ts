/**
 * Whether an event fits an EventBridge pattern: every member of the pattern is there, with one of the listed values.
 *
 * @throws Error for a content filter that it does not know
 */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((candidate) => matchesOne(candidate, event));
  if (typeof pattern !== 'object' || pattern === null)
    throw new Error(`a pattern's values are lists, not ${JSON.stringify(pattern)}`);
  if (typeof event !== 'object' || event === null) return false;
  return Object.entries(pattern).every(([name, inner]) => matches(inner, (event as Record<string, unknown>)[name]));
}

function matchesOne(candidate: unknown, value: unknown): boolean {
  if (typeof candidate !== 'object' || candidate === null) return candidate === value;
  const [filter, argument] = Object.entries(candidate)[0] ?? [];
  switch (filter) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(argument));
    case 'suffix':
      return typeof value === 'string' && value.endsWith(String(argument));
    case 'anything-but':
      return value !== undefined && ![argument].flat().includes(value as never);
    case 'exists':
      return (value !== undefined) === argument;
    default:
      throw new Error(`the local mode does not know the event filter ${filter}`);
  }
}

/** What a target gets for an event: the constant Input, what the InputTransformer makes of it, or the event. */
export function targetInput(target: EventTarget, event: unknown): unknown {
  if (target.Input !== undefined) return JSON.parse(target.Input);
  if (target.InputPath !== undefined) return valueAt(target.InputPath, event);
  if (!target.InputTransformer) return event;
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const filled = InputTemplate.replace(/("?)<([\w.-]+)>("?)/g, (_all, before: string, name: string, after: string) => {
    const path = InputPathsMap[name];
    const value = path === undefined ? null : valueAt(path, event);
    if (before && after) return JSON.stringify(String(value ?? ''));
    // Inside a longer text the value stands bare; elsewhere it is JSON.
    return before || after ? `${before}${String(value ?? '')}${after}` : JSON.stringify(value ?? null);
  });
  return JSON.parse(filled);
}

export interface EventTarget {
  readonly Arn: string;
  readonly Id?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

function valueAt(path: string, event: unknown): unknown {
  if (path === '$') return event;
  if (!/^\$(\.[\w-]+)+$/.test(path)) throw new Error(`the local mode does not know the event path ${path}`);
  return path
    .slice(2)
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event);
}
