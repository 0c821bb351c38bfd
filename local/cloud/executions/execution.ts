import { createRequire } from 'node:module';
import type * as Interpreter from 'aws-local-stepfunctions' with { 'resolution-mode': 'import' };
import type { Prepared } from './definition';
import { retryPause } from './definition';
import type { TaskRunner } from './tasks';

const { StateMachine } = createRequire(__filename)('aws-local-stepfunctions') as typeof Interpreter;

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionDescription {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  /** JSON. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface StateEvent {
  /** ARN of the execution. */
  readonly execution: string;
  /** State name. */
  readonly name: string;
  /** For example `Task`, `Wait`, `Choice`. */
  readonly stateType: string;
  readonly type: 'entered' | 'succeeded' | 'failed' | 'retry';
  readonly error?: string;
  readonly cause?: string;
  /** Since the state was entered. */
  readonly ms: number;
}

export interface RunOptions {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
  readonly name: string;
  readonly input: string;
  readonly prepared: Prepared;
  readonly speed: number;
  readonly tasks: TaskRunner;
  readonly onState: (event: StateEvent) => void;
  readonly onEnd: (description: ExecutionDescription) => void;
}

type End = Pick<ExecutionDescription, 'status' | 'output' | 'error' | 'cause'>;

/** One execution: a run of the interpreter, and what AWS would tell of it. */
export class Execution {
  private readonly startDate = new Date();
  private end: (End & { stopDate: Date }) | undefined;
  private readonly run: ReturnType<Interpreter.StateMachine['run']>;
  private readonly following: Promise<void>;
  private readonly enteredAt = new Map<string, number>();
  /** Attempts of the states that run now. */
  private readonly attempts = new Map<string, number>();
  private readonly endings: ((description: ExecutionDescription) => void)[] = [];

  constructor(readonly options: RunOptions) {
    const { prepared } = options;
    // The definition was checked when it was prepared, and holds fractions of seconds that a validator would refuse.
    const machine = new StateMachine(prepared.definition as never, { validationOptions: { noValidate: true } });
    this.run = machine.run(JSON.parse(options.input), {
      context: this.context(),
      overrides: {
        taskResourceLocalHandlers: this.handlers(),
        waitTimeOverrides: { ...prepared.waits },
        retryIntervalOverrides: this.pauses(),
      },
    });
    this.following = this.follow();
    void this.conclude();
  }

  describe(): ExecutionDescription {
    const { executionArn, stateMachineArn, name, input } = this.options;
    return {
      executionArn,
      stateMachineArn,
      name,
      startDate: this.startDate,
      input,
      ...(this.end ?? { status: 'RUNNING' }),
    };
  }

  /** Ends it as ABORTED; what was answered first counts. A function that runs is not stopped. */
  abort(error?: string, cause?: string): void {
    this.finish({ status: 'ABORTED', ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
    this.run.abort();
  }

  ended(): Promise<ExecutionDescription> {
    if (this.end) return Promise.resolve(this.describe());
    return new Promise((resolve) => this.endings.push(resolve));
  }

  private async conclude(): Promise<void> {
    const end = await this.outcome();
    try {
      // The log comes a moment late: whoever listens hears of the last state before the end.
      await this.following;
    } finally {
      this.finish(end);
    }
  }

  private async outcome(): Promise<End> {
    try {
      return { status: 'SUCCEEDED', output: JSON.stringify((await this.run.result) ?? null) };
    } catch (thrown) {
      const error = thrown as Error & { cause?: Error };
      if (error.name === 'ExecutionTimeoutError') return { status: 'TIMED_OUT' };
      const reason = error.cause ?? error;
      return { status: 'FAILED', error: reason.name, cause: reason.message };
    }
  }

  private finish(end: End): void {
    if (this.end) return;
    this.end = { ...end, stopDate: new Date() };
    this.options.tasks.end();
    const description = this.describe();
    this.options.onEnd(description);
    for (const resolve of this.endings.splice(0)) resolve(description);
  }

  private context() {
    const { executionArn, name, roleArn, stateMachineArn, stateMachineName, tasks, input } = this.options;
    const execution = { Id: executionArn, Name: name, RoleArn: roleArn, StartTime: this.startDate.toISOString() };
    return {
      // The interpreter's own `$$.Execution` is the branch's inside Map and Parallel; paths are led to this one.
      Run: { ...execution, Input: JSON.parse(input) },
      StateMachine: { Id: stateMachineArn, Name: stateMachineName },
      // Members with getters: the interpreter copies the outermost level only.
      State: {
        get EnteredTime() {
          return new Date().toISOString();
        },
      },
      Task: tasks.context,
    };
  }

  private handlers() {
    const { prepared, tasks } = this.options;
    const entries = [...prepared.tasks].map(([name, { resource, timeoutSeconds }]) => {
      const handler = async (input: unknown) => {
        this.attempts.set(name, (this.attempts.get(name) ?? 0) + 1);
        const output = await tasks.run(resource, timeoutSeconds, input);
        this.attempts.delete(name);
        return output as never;
      };
      return [name, handler as never] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The override for a retrier is a fixed number: a getter gives the pause of the attempt that it is asked for. */
  private pauses(): Record<string, number[]> {
    const { prepared, speed } = this.options;
    const entries = Object.entries(prepared.retriers).map(([name, retriers]) => {
      const pauses: number[] = [];
      retriers.forEach((retrier, i) =>
        Object.defineProperty(pauses, i, { get: () => retryPause(retrier, this.attempts.get(name) ?? 1, speed) }),
      );
      return [name, pauses] as const;
    });
    return Object.fromEntries(entries);
  }

  private async follow(): Promise<void> {
    for await (const event of this.run.eventLogs) {
      if (!('state' in event) || this.end?.status === 'ABORTED') continue;
      const { name, type: stateType } = event.state;
      const now = performance.now();
      if (event.type === 'StateEntered') this.enteredAt.set(name, now);
      if (event.type === 'StateCaught') this.attempts.delete(name);
      const type = STATE_EVENTS[event.type];
      if (!type) continue;
      const told = {
        execution: this.options.executionArn,
        name,
        stateType,
        type,
        ms: now - (this.enteredAt.get(name) ?? now),
      };
      this.options.onState('Error' in event ? { ...told, error: event.Error, cause: String(event.Cause) } : told);
    }
  }
}

const STATE_EVENTS: Readonly<Record<string, StateEvent['type']>> = {
  StateEntered: 'entered',
  StateExited: 'succeeded',
  StateFailed: 'failed',
  StateRetried: 'retry',
};
