/** A state of a definition, as far as the preparation looks at it. */
interface State {
  Type: string;
  Resource?: string;
  Seconds?: number;
  TimeoutSeconds?: number;
  Result?: unknown;
  ResultPath?: string | null;
  Retry?: Retrier[];
  Catch?: { ResultPath?: string | null }[];
  Choices?: ChoiceRule[];
  Branches?: StateMap[];
  Iterator?: StateMap;
  ItemProcessor?: StateMap & { ProcessorConfig?: { Mode?: string } };
}

export interface Retrier {
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
}

interface StateMap {
  States: Record<string, State>;
}

type ChoiceRule = Record<string, unknown>;

/** A definition ready for the interpreter, with the scaled times that are given to it as overrides. */
export interface Prepared {
  readonly definition: StateMap & { StartAt: string; TimeoutSeconds?: number };
  /** Task states: their Resource and the timeout that holds for them here. */
  readonly tasks: ReadonlyMap<string, { readonly resource: string; readonly timeoutSeconds: number }>;
  /** Milliseconds by state. */
  readonly waits: Readonly<Record<string, number>>;
  /** Retriers by state, as the definition has them. */
  readonly retriers: Readonly<Record<string, readonly Retrier[]>>;
}

/** setTimeout takes 2^31-1 ms at most, and fires at once for more. */
const LONGEST_SECONDS = 2_147_483;

/** The resource of a task that waits until somebody sends its token back. */
export const TOKEN_TASK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
export const INVOKE_TASK = 'arn:aws:states:::lambda:invoke';

/**
 * Prepares a copy of a definition for the interpreter. What it would run wrongly without a word is refused; what it
 * reads differently from AWS is written in the way that it reads right. Waits and retry pauses are not changed in the
 * definition but given as overrides.
 *
 * @throws Error naming the state and what is not supported
 */
export function prepare(source: string, speed: number): Prepared {
  const definition = JSON.parse(source) as Prepared['definition'];
  const tasks = new Map<string, { resource: string; timeoutSeconds: number }>();
  const waits: Record<string, number> = {};
  const retriers: Record<string, Retrier[]> = {};
  requireJsonPath('the state machine', definition);
  if (definition.TimeoutSeconds !== undefined) definition.TimeoutSeconds = seconds(definition.TimeoutSeconds / speed);
  forEachState(definition, (name, state) => {
    requireSupported(name, state);
    if (state.Type === 'Wait') waits[name] = (1000 * (state.Seconds ?? 0)) / speed;
    if (state.Retry) retriers[name] = state.Retry;
    if (state.Type === 'Task') {
      // Only a task that waits for people or other executions is scaled: a function takes the time that it takes.
      const scale = state.Resource === TOKEN_TASK ? speed : 1;
      // The interpreter's own default is 60 s, AWS's is no timeout.
      state.TimeoutSeconds = seconds((state.TimeoutSeconds ?? Infinity) / scale);
      tasks.set(name, { resource: state.Resource!, timeoutSeconds: state.TimeoutSeconds });
    }
    // `$` replaces the whole state, which is the default; the interpreter would add a member called "$".
    for (const place of [state, ...(state.Catch ?? [])]) if (place.ResultPath === '$') delete place.ResultPath;
    state.Choices = state.Choices?.map(positive);
    rewriteContext(state, name);
  });
  return { definition, tasks, waits, retriers };
}

/** Milliseconds before attempt `attempt` + 1: the definition's growing pauses, divided by the speed, without jitter. */
export function retryPause(retrier: Retrier, attempt: number, speed: number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retrier;
  return (1000 * Math.min(IntervalSeconds * BackoffRate ** (attempt - 1), MaxDelaySeconds)) / speed;
}

const seconds = (value: number) => Math.min(value, LONGEST_SECONDS);

function forEachState(map: StateMap, visit: (name: string, state: State) => void): void {
  for (const [name, state] of Object.entries(map.States)) {
    visit(name, state);
    for (const inner of [...(state.Branches ?? []), state.Iterator, state.ItemProcessor]) {
      if (inner) forEachState(inner, visit);
    }
  }
}

const UNSUPPORTED = [
  'SecondsPath',
  'Timestamp',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'ItemReader',
  'ResultWriter',
  'Credentials',
];

function requireSupported(name: string, state: State): void {
  requireJsonPath(name, state);
  for (const field of UNSUPPORTED) {
    if (field in state) throw new Error(`state ${name}: the local mode does not support ${field}`);
  }
  if (state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
    throw new Error(`state ${name}: the local mode does not support distributed maps`);
  }
  if (state.Type === 'Pass' && 'Result' in state && !state.Result) {
    throw new Error(`state ${name}: the interpreter passes over a Result that is ${JSON.stringify(state.Result)}`);
  }
  const known = [TOKEN_TASK, INVOKE_TASK].includes(state.Resource ?? '') || state.Resource?.includes(':function:');
  if (state.Type === 'Task' && !known) throw new Error(`state ${name}: the local mode cannot run ${state.Resource}`);
}

/** The interpreter runs JSONata definitions without an error, and skips their states. */
function requireJsonPath(where: string, place: object): void {
  const { QueryLanguage = 'JSONPath' } = place as { QueryLanguage?: string };
  if (QueryLanguage !== 'JSONPath')
    throw new Error(`${where}: the interpreter knows JSONPath only, not ${QueryLanguage}`);
  for (const field of ['Assign', 'Arguments', 'Output']) {
    if (field in place) throw new Error(`${where}: the interpreter does not know ${field}`);
  }
}

/** `IsPresent: false` and its like are never true in the interpreter: written as Not of the positive test. */
function positive(rule: ChoiceRule): ChoiceRule {
  const { Next, ...test } = rule;
  const next = Next === undefined ? {} : { Next };
  for (const joint of ['And', 'Or'] as const) {
    if (Array.isArray(test[joint])) return { [joint]: (test[joint] as ChoiceRule[]).map(positive), ...next };
  }
  if (test.Not) return { Not: positive(test.Not as ChoiceRule), ...next };
  const negated = Object.keys(test).find((name) => name.startsWith('Is') && test[name] === false);
  return negated ? { Not: { ...test, [negated]: true }, ...next } : rule;
}

/**
 * Inside Map and Parallel the interpreter's `$$.Execution` is the branch's: paths go to a copy that stays the
 * execution's. The name of a state, which it does not supply at all, is written in.
 */
function rewriteContext(state: State, name: string): void {
  const nested = new Set<unknown>([...(state.Branches ?? []), state.Iterator, state.ItemProcessor]);
  const visit = (value: Record<string, unknown>): void => {
    for (const [key, item] of Object.entries(value)) {
      if (nested.has(item) || key === 'Branches') continue;
      if (typeof item === 'object' && item !== null) visit(item as Record<string, unknown>);
      if (typeof item !== 'string' || !item.includes('$$')) continue;
      if (key.endsWith('.$') && item === '$$.State.Name') {
        delete value[key];
        value[key.slice(0, -2)] = name;
        continue;
      }
      if (item === '$$' || /\$\$\.State\.(?!EnteredTime)/.test(item))
        throw new Error(`state ${name}: the local mode does not supply ${item}`);
      value[key] = item.replaceAll('$$.Execution', () => '$$.Run');
    }
  };
  visit(state as unknown as Record<string, unknown>);
}
