import { AwsError } from '../../../local/cloud/model';
import type { VirtualClock } from './clock';

type Json = Record<string, unknown>;

/** A state of the synthesised definition, as far as this machine reads it. */
interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Seconds?: number;
  readonly Resource?: string;
  readonly ResultPath?: string;
  readonly Parameters?: Json;
  readonly Result?: Json;
  readonly TimeoutSeconds?: number;
  readonly Choices?: Json[];
  readonly Retry?: {
    ErrorEquals: string[];
    MaxAttempts?: number;
    IntervalSeconds?: number;
    BackoffRate?: number;
    MaxDelaySeconds?: number;
  }[];
  readonly Catch?: { ErrorEquals: string[]; Next: string; ResultPath?: string }[];
  readonly ErrorPath?: string;
  readonly CausePath?: string;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface FakeExecution {
  readonly arn: string;
  readonly name: string;
  readonly input: Json;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  state: string;
  /** States entered, in order. */
  readonly path: string[];
  /** What the state got that it stands in. */
  data?: Json;
  /** How often it was redriven: a task from before is not heard any more. */
  redriven?: number;
  error?: string;
  cause?: string;
}

/** One run of an execution: it has another after it was redriven. */
interface Run {
  readonly context: Json;
  over(): boolean;
}

interface Options {
  readonly clock: VirtualClock;
  /** The state machine that an execution of this name runs on. */
  definitionOf(name: string): Definition;
  invoke(execution: string, state: string, payload: unknown): Promise<unknown>;
  ended(execution: FakeExecution): void;
}

class Stopped extends Error {}

class TaskFailed extends Error {
  constructor(
    readonly error: string,
    override readonly cause: string,
  ) {
    super(`${error}: ${cause}`);
  }
}

/** Step Functions: runs the synthesised definition under the virtual clock. */
export class FakeExecutions {
  readonly all: FakeExecution[] = [];
  private readonly tokens = new Map<string, { answer(output: Json): void; fail(error: Error): void }>();
  private minted = 0;

  constructor(private readonly options: Options) {}

  readonly operations = {
    StartExecution: async ({ name, input }: { name: string; input: string }) => ({
      executionArn: this.start(name, JSON.parse(input) as Json).arn,
    }),
    DescribeExecution: async ({ executionArn }: { executionArn: string }) => ({
      status: this.find(executionArn).status,
    }),
    StopExecution: async ({ executionArn, error, cause }: { executionArn: string; error?: string; cause?: string }) => {
      const execution = this.find(executionArn);
      if (execution.status === 'RUNNING') this.end(execution, { status: 'ABORTED', error, cause });
      return {};
    },
    SendTaskSuccess: async ({ taskToken, output }: { taskToken: string; output: string }) => {
      this.take(taskToken).answer(JSON.parse(output) as Json);
      return {};
    },
    SendTaskFailure: async ({ taskToken, error, cause }: { taskToken: string; error: string; cause: string }) => {
      this.take(taskToken).fail(new TaskFailed(error, cause));
      return {};
    },
  };

  start(name: string, input: Json): FakeExecution {
    const releases = process.env.STATE_MACHINE_ARN ?? '';
    const machine = name.startsWith('restore-') ? releases.replace(/release$/, 'restore') : releases;
    const arn = `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.all.find((each) => each.arn === arn);
    // The same name with the same input is the same execution, as long as it runs.
    if (known?.status === 'RUNNING' && JSON.stringify(known.input) === JSON.stringify(input)) return known;
    if (known !== undefined) throw new AwsError('ExecutionAlreadyExists', arn);
    const execution: FakeExecution = { arn, name, input, status: 'RUNNING', state: '', path: [], data: input };
    this.all.push(execution);
    void this.run(execution);
    return execution;
  }

  /** RedriveExecution: an execution that ended without success goes on where it stood, under its own name. */
  redrive(name: string): void {
    const execution = this.all.find((each) => each.name === name) as FakeExecution;
    if (execution.status === 'RUNNING' || execution.status === 'SUCCEEDED')
      throw new Error(`${name} cannot be redriven`);
    execution.status = 'RUNNING';
    execution.redriven = (execution.redriven ?? 0) + 1;
    void this.run(execution, execution.state);
  }

  find(arn: string): FakeExecution {
    if (!arn.startsWith('arn:')) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
    const found = this.all.find((each) => each.arn === arn);
    if (found === undefined) throw new AwsError('ExecutionDoesNotExist', arn);
    return found;
  }

  /** Ends an execution as Step Functions does when no Catch is asked: its time is over, or its data or history too long. */
  endUncaught(name: string, status: 'FAILED' | 'TIMED_OUT', error?: string): void {
    for (const execution of this.all.filter((each) => each.name === name)) this.end(execution, { status, error });
  }

  private end(execution: FakeExecution, end: Partial<FakeExecution>): void {
    if (execution.status !== 'RUNNING') return;
    Object.assign(execution, end);
    this.options.ended(execution);
  }

  private async run(execution: FakeExecution, from?: string): Promise<void> {
    const startedAt = new Date(this.options.clock.read()).toISOString();
    const context = { Execution: { Id: execution.arn, Name: execution.name, StartTime: startedAt } };
    let { data = {} } = execution;
    const { redriven } = execution;
    const run = { context, over: () => execution.status !== 'RUNNING' || execution.redriven !== redriven };
    const definition = this.options.definitionOf(execution.name);
    let next: string | undefined = from ?? definition.StartAt;
    try {
      while (next !== undefined) {
        if (run.over()) return;
        execution.state = next;
        execution.data = data;
        execution.path.push(next);
        const state: State = definition.States[next] as State;
        if (state.Type === 'Succeed') return this.end(execution, { status: 'SUCCEEDED' });
        if (state.Type === 'Fail') {
          const error = String(read(data, context, state.ErrorPath ?? '$.none'));
          return this.end(execution, {
            status: 'FAILED',
            error,
            cause: String(read(data, context, state.CausePath ?? '$.none')),
          });
        }
        [data, next] = await this.step(execution, next, state, data, run);
      }
    } catch (failure) {
      if (failure instanceof Stopped || run.over()) return;
      const { error, cause } =
        failure instanceof TaskFailed ? failure : new TaskFailed('States.Runtime', String(failure));
      this.end(execution, { status: 'FAILED', error, cause });
    }
  }

  private async step(
    execution: FakeExecution,
    name: string,
    state: State,
    data: Json,
    run: Run,
  ): Promise<[Json, string | undefined]> {
    switch (state.Type) {
      case 'Pass': {
        const result = state.Result ?? (state.Parameters ? fill(state.Parameters, data, run.context) : data);
        return [place(data, state.ResultPath, result), state.Next];
      }
      case 'Wait':
        await this.options.clock.sleep((state.Seconds ?? 0) * 1000);
        return [data, state.Next];
      case 'Choice':
        return [data, (state.Choices?.find((rule) => chosen(rule, data))?.Next as string | undefined) ?? state.Default];
      default:
        return this.task(execution, name, state, data, run);
    }
  }

  private async task(
    execution: FakeExecution,
    name: string,
    state: State,
    data: Json,
    run: Run,
  ): Promise<[Json, string | undefined]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.attempt(execution, name, state, data);
        if (run.over()) throw new Stopped();
        return [place(data, state.ResultPath, result), state.Next];
      } catch (failure) {
        if (run.over()) throw new Stopped();
        if (!(failure instanceof TaskFailed)) throw failure;
        const { error, cause } = failure;
        const covers = ({ ErrorEquals }: { ErrorEquals: string[] }) =>
          ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL');
        const retry = state.Retry?.find(covers);
        if (retry !== undefined && attempt <= (retry.MaxAttempts ?? 3)) {
          const pause = (retry.IntervalSeconds ?? 1) * (retry.BackoffRate ?? 2) ** (attempt - 1);
          await this.options.clock.sleep(1000 * Math.min(pause, retry.MaxDelaySeconds ?? Infinity));
          if (run.over()) throw new Stopped();
          continue;
        }
        const caught = state.Catch?.find(covers);
        if (caught === undefined) throw failure;
        return [place(data, caught.ResultPath, { Error: error, Cause: cause }), caught.Next];
      }
    }
  }

  private async attempt(execution: FakeExecution, name: string, state: State, data: Json): Promise<unknown> {
    const invoke = async (payload: unknown) => {
      try {
        return await this.options.invoke(execution.name, name, payload);
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        throw new TaskFailed(errorType, JSON.stringify({ errorType, errorMessage }));
      }
    };
    if (!state.Resource?.endsWith('waitForTaskToken')) {
      return invoke(state.Parameters ? fill(state.Parameters, data, {}) : data);
    }
    const token = `token-${++this.minted}-${execution.name}-${name}`;
    const answered = new Promise<Json>((answer, fail) => this.tokens.set(token, { answer, fail }));
    answered.catch(() => undefined);
    let forget = () => {};
    const timedOut = new Promise<never>((_, reject) => {
      const late = () => reject(new TaskFailed('States.Timeout', `${name} was not answered`));
      forget = this.options.clock.wakeAt((state.TimeoutSeconds as number) * 1000, late);
    });
    timedOut.catch(() => undefined);
    const failed = new Promise<never>((_, reject) => void invoke({ state: data, token }).catch(reject));
    failed.catch(() => undefined);
    try {
      return await Promise.race([answered, timedOut, failed]);
    } finally {
      forget();
      this.tokens.delete(token);
    }
  }

  private take(token: string) {
    const execution = this.all.find((each) => token.replace(/^token-\d+-/, '').startsWith(`${each.name}-`));
    const waiting = this.tokens.get(token);
    if (waiting === undefined || execution?.status !== 'RUNNING') throw new AwsError('TaskTimedOut', 'Task Timed Out');
    this.tokens.delete(token);
    return waiting;
  }
}

function read(data: Json, context: Json, path: string): unknown {
  if (path === '$') return data;
  const [root, ...members] = path.startsWith('$$.')
    ? [context, ...path.slice(3).split('.')]
    : [data, ...path.slice(2).split('.')];
  return (members as string[]).reduce<unknown>((value, member) => (value as Json | undefined)?.[member], root);
}

function fill(parameters: Json, data: Json, context: Json): Json {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => {
      if (key.endsWith('.$')) return [key.slice(0, -2), read(data, context, value as string)];
      return [key, typeof value === 'object' && value !== null ? fill(value as Json, data, context) : value];
    }),
  );
}

function place(data: Json, path: string | undefined, result: unknown): Json {
  if (path === undefined || path === '$') return (result ?? {}) as Json;
  return { ...data, [path.slice(2)]: result };
}

function chosen(rule: Json, data: Json): boolean {
  if (rule.Not) return !chosen(rule.Not as Json, data);
  if (Array.isArray(rule.And)) return (rule.And as Json[]).every((each) => chosen(each, data));
  const value = read(data, {}, rule.Variable as string);
  if ('BooleanEquals' in rule) return value === rule.BooleanEquals;
  if ('StringEquals' in rule) return value === rule.StringEquals;
  if ('NumericGreaterThan' in rule) return (value as number) > (rule.NumericGreaterThan as number);
  throw new Error(`the fake machine does not know the rule ${JSON.stringify(rule)}`);
}
