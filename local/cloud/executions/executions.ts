import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Assembly } from '../../assembly';
import type { Problem } from '../deliveries';
import type { FunctionPool } from '../functions/pool';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';
import type { Allows } from '../roles';
import { prepare } from './definition';
import type { Prepared } from './definition';
import { Execution } from './execution';
import type { ExecutionDescription, ExecutionStatus, StateEvent } from './execution';
import { Rules } from './rules';
import { TaskRunner } from './tasks';
import { TaskTokens } from './tokens';

export interface ExecutionsOptions {
  readonly assembly: Assembly;
  readonly functions: Pick<FunctionPool, 'invoke'>;
  /** Waits, retry pauses, timeouts of waiting tasks and schedules are divided by it. */
  readonly speed: number;
  /** Asked whether a state machine's role may invoke a function. @default - not asked */
  readonly allows?: Allows;
}

export interface EndedEvent {
  /** ARN of the execution. */
  readonly execution: string;
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

interface Events {
  state: [StateEvent];
  ended: [EndedEvent];
  /** A function that a rule or a schedule invoked failed; nobody else hears of it. */
  problem: [Problem];
}

interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly prepared: Prepared;
}

/** Runs the state machines of the template with a third-party interpreter, and delivers its event rules. */
export class Executions extends EventEmitter<Events> {
  private readonly machines = new Map<string, Machine>();
  private readonly executions = new Map<string, Execution>();
  private readonly tokens = new TaskTokens();
  private readonly rules: Rules;
  private closed = false;

  constructor(private readonly options: ExecutionsOptions) {
    super();
    const { assembly, functions, speed } = options;
    for (const { physicalId: arn, properties } of assembly.resources('AWS::StepFunctions::StateMachine')) {
      const name = arn.split(':').at(-1) ?? arn;
      const prepared = prepare(properties.DefinitionString, speed);
      this.machines.set(arn, { arn, name, roleArn: properties.RoleArn, prepared });
    }
    this.rules = new Rules({ assembly, functions, speed, onProblem: (problem) => this.emit('problem', problem) });
  }

  /**
   * Starts an execution. The same name and input while it runs gives the same execution.
   *
   * @param input Any JSON value.
   * @throws AwsError ExecutionAlreadyExists, StateMachineDoesNotExist, InvalidName
   */
  start(stateMachineArn: string, name: string = randomUUID(), input: unknown = {}): { arn: string; startDate: Date } {
    const machine = this.machines.get(stateMachineArn);
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    if (!/^[\w.+!@()=,'-]{1,80}$/.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const text = JSON.stringify(input);
    const before = this.executions.get(arn)?.describe();
    if (before?.status === 'RUNNING' && before.input === text) return { arn, startDate: before.startDate };
    if (before) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    if (this.closed) throw new AwsError('StateMachineDeleting', 'the local executions are closed');
    return { arn, startDate: this.run(machine, arn, name, text).describe().startDate };
  }

  /** @throws AwsError ExecutionDoesNotExist */
  describe(arn: string): ExecutionDescription {
    return this.execution(arn).describe();
  }

  /** Executions of a state machine, newest first. */
  list(stateMachineArn: string, status?: string): ExecutionDescription[] {
    return [...this.executions.values()]
      .map((execution) => execution.describe())
      .filter((execution) => execution.stateMachineArn === stateMachineArn && (!status || execution.status === status))
      .reverse();
  }

  /** StopExecution: the status becomes ABORTED; a running function is not stopped. @throws AwsError ExecutionDoesNotExist */
  stop(arn: string, error?: string, cause?: string): void {
    this.execution(arn).abort(error, cause);
  }

  /** Resolves when the execution has ended. @throws AwsError ExecutionDoesNotExist */
  ended(arn: string): Promise<ExecutionDescription> {
    return this.execution(arn).ended();
  }

  /** Ends rules, schedules and executions: they become ABORTED, without events. */
  async close(): Promise<void> {
    this.closed = true;
    this.rules.close();
    for (const execution of this.executions.values()) execution.abort();
  }

  readonly model: ServiceModel = {
    StartExecution: async ({ stateMachineArn, name, input = '{}' }) => {
      const { arn, startDate } = this.start(stateMachineArn, name, parse(input));
      return { executionArn: arn, startDate };
    },
    DescribeExecution: async ({ executionArn }) => this.describe(executionArn),
    StopExecution: async ({ executionArn, error, cause }) => {
      this.stop(executionArn, error, cause);
      return { stopDate: this.describe(executionArn).stopDate };
    },
    ListExecutions: async ({ stateMachineArn, statusFilter, maxResults = 100 }) => {
      const found = this.list(stateMachineArn, statusFilter).slice(0, maxResults || 100);
      const summary = ({ executionArn, name, status, startDate, stopDate }: ExecutionDescription) => ({
        executionArn,
        stateMachineArn,
        name,
        status,
        startDate,
        stopDate,
      });
      return { executions: found.map(summary) };
    },
    SendTaskSuccess: async ({ taskToken, output }) => {
      this.tokens.succeed(taskToken, output);
      return {};
    },
    SendTaskFailure: async ({ taskToken, error, cause }) => {
      this.tokens.fail(taskToken, error, cause);
      return {};
    },
  };

  private execution(arn: string): Execution {
    const execution = this.executions.get(arn);
    if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  private run(machine: Machine, executionArn: string, name: string, input: string): Execution {
    const { functions, speed, allows, assembly } = this.options;
    const { arn: stateMachineArn, name: stateMachineName, roleArn, prepared } = machine;
    const tasks = new TaskRunner({
      functions,
      tokens: this.tokens,
      execution: executionArn,
      stateMachine: stateMachineArn,
      roleArn,
      allows,
      functionArn: (text) =>
        text.startsWith('arn:') ? text : `arn:aws:lambda:${assembly.region}:${assembly.account}:function:${text}`,
    });
    const about = { executionArn, stateMachineArn, stateMachineName, roleArn, name, input, prepared, speed, tasks };
    const execution = new Execution({
      ...about,
      onState: (event) => this.closed || this.emit('state', event),
      onEnd: (description) => this.tellEnd(description),
    });
    this.executions.set(executionArn, execution);
    this.rules.executionChanged(execution.describe());
    return execution;
  }

  private tellEnd(description: ExecutionDescription): void {
    if (this.closed) return;
    const { executionArn: execution, status, output, error, cause } = description;
    this.emit('ended', {
      execution,
      status: status as EndedEvent['status'],
      ...(output !== undefined && { output: JSON.parse(output) }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    });
    this.rules.executionChanged(description);
  }
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: ${input.slice(0, 100)}`);
  }
}
