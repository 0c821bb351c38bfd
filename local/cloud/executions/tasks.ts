import type { FunctionPool } from '../functions/pool';
import type { Allows } from '../roles';
import { INVOKE_TASK, TOKEN_TASK } from './definition';
import type { TaskTokens } from './tokens';
import { TaskError } from './task-error';

/** Limit of the input, output and state data of a state, in bytes. */
const DATA_LIMIT = 262_144;

export interface TaskRunnerOptions {
  readonly functions: Pick<FunctionPool, 'invoke'>;
  readonly tokens: TaskTokens;
  /** ARN of the execution. */
  readonly execution: string;
  readonly stateMachine: string;
  /** Role of the state machine, whose policies are asked. */
  readonly roleArn: string;
  readonly allows?: Allows;
  /** Makes the ARN of a function from a name. */
  readonly functionArn: (nameOrArn: string) => string;
}

/** Runs the tasks of one execution, by the Resource of their definition. */
export class TaskRunner {
  private token?: string;
  private over = false;

  constructor(private readonly options: TaskRunnerOptions) {}

  /**
   * `$$.Task` of the context object. The interpreter resolves a task's Parameters and starts it without a pause in
   * between, so the token that was read last belongs to the task that starts next.
   */
  readonly context = {
    owner: this as TaskRunner,
    get Token(): string {
      return (this.owner.token ??= this.owner.options.tokens.mint(this.owner.options.stateMachine));
    },
  };

  /** No task starts any more: the interpreter would go on retrying in an execution that was aborted. */
  end(): void {
    this.over = true;
    this.options.tokens.void(this.options.execution);
  }

  async run(resource: string, timeoutSeconds: number, input: unknown): Promise<unknown> {
    const token = this.token;
    this.token = undefined;
    if (this.over) throw new TaskError('States.Timeout', 'the execution is over');
    if (resource !== TOKEN_TASK && resource !== INVOKE_TASK) return limited(await this.invoke(resource, input));
    const { FunctionName, Payload } = input as { FunctionName: string; Payload?: unknown };
    if (resource === INVOKE_TASK) {
      return limited({
        ExecutedVersion: '$LATEST',
        StatusCode: 200,
        Payload: await this.invoke(FunctionName, Payload),
      });
    }
    if (token === undefined)
      throw new TaskError('States.Runtime', 'the task waits for a token, but passes none on ($$.Task.Token)');
    return limited(await this.awaitToken(token, timeoutSeconds, () => this.invoke(FunctionName, Payload)));
  }

  private async awaitToken(token: string, timeoutSeconds: number, invoke: () => Promise<unknown>): Promise<unknown> {
    const { tokens, execution } = this.options;
    const sentBack = tokens.wait(token, execution, timeoutSeconds * 1000);
    // What the function returns does not matter; that it failed ends the task.
    const failed = new Promise<never>((_resolve, reject) => void invoke().catch(reject));
    try {
      return await Promise.race([sentBack, failed]);
    } finally {
      tokens.drop(token);
      sentBack.catch(() => undefined);
    }
  }

  private async invoke(nameOrArn: string, payload: unknown): Promise<unknown> {
    const arn = this.options.functionArn(nameOrArn);
    const { allows, roleArn } = this.options;
    const decision = allows?.({ name: 'AWS-StepFunctions', roleArn }, 'lambda:InvokeFunction', arn);
    if (decision && !decision.allowed) throw new TaskError('Lambda.AccessDeniedException', decision.reason);
    try {
      return await this.options.functions.invoke(arn, payload);
    } catch (error) {
      throw asLambdaError(error);
    }
  }
}

function asLambdaError(error: unknown): TaskError {
  const { name, message, trace } = error as Error & { trace?: string[] };
  return new TaskError(
    name,
    JSON.stringify({ errorMessage: message, errorType: name, ...(trace && { trace: trace.slice(0, 20) }) }),
  );
}

function limited(output: unknown): unknown {
  const size = Buffer.byteLength(JSON.stringify(output ?? null));
  if (size <= DATA_LIMIT) return output;
  throw new TaskError(
    'States.DataLimitExceeded',
    `The state/task returned a result with a size of ${size} bytes, the limit is ${DATA_LIMIT}`,
  );
}
