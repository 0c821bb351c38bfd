import { randomUUID } from 'node:crypto';
import { AwsError } from '../model';
import { TaskError } from './task-error';

interface Waiting {
  readonly execution: string;
  readonly expires: number;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** ARN of the state machine that a token belongs to; undefined for a text that is no token. */
export function machineOfToken(token: string): string | undefined {
  try {
    const [arn] = JSON.parse(Buffer.from(token, 'base64url').toString()) as string[];
    return arn;
  } catch {
    return undefined;
  }
}

/** Task tokens of all executions: each attempt of a task has its own, and it can be sent back once. */
export class TaskTokens {
  private readonly waiting = new Map<string, Waiting>();
  private readonly spent = new Set<string>();

  /** A new token. Like AWS's it carries whose it is, so that a call with it can be judged by the state machine's ARN. */
  mint(stateMachineArn: string): string {
    return Buffer.from(JSON.stringify([stateMachineArn, randomUUID()])).toString('base64url');
  }

  /** Resolves when the token is sent back; it is void after `ms` and when the execution ends. */
  wait(token: string, execution: string, ms: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.set(token, { execution, expires: Date.now() + ms, resolve, reject });
    });
  }

  /** @throws AwsError TaskTimedOut when it was sent back already or is void, InvalidToken, InvalidOutput */
  succeed(token: string, output: string): void {
    let value: unknown;
    try {
      value = JSON.parse(output);
    } catch {
      throw new AwsError('InvalidOutput', `the output is not JSON: ${output.slice(0, 100)}`);
    }
    this.take(token).resolve(value);
  }

  /** @throws AwsError TaskTimedOut when it was sent back already or is void, InvalidToken */
  fail(token: string, error = '', cause = ''): void {
    this.take(token).reject(new TaskError(error, cause));
  }

  /** Ends the waits of an execution that is over. */
  void(execution: string): void {
    for (const [token, waiting] of this.waiting) {
      if (waiting.execution === execution)
        this.drop(token)?.reject(new TaskError('States.Timeout', 'the execution is over'));
    }
  }

  /** The attempt that waited is over without it (its invocation failed, or it timed out). */
  drop(token: string): Waiting | undefined {
    const waiting = this.waiting.get(token);
    this.waiting.delete(token);
    if (waiting) this.spent.add(token);
    return waiting;
  }

  private take(token: string): Waiting {
    const waiting = this.waiting.get(token);
    if (!waiting && !this.spent.has(token))
      throw new AwsError('InvalidToken', `Invalid Token: '${token.slice(0, 40)}'`);
    const late = waiting !== undefined && Date.now() >= waiting.expires;
    if (!waiting || late) {
      const message = 'Task Timed Out: the provided task does not exist anymore';
      throw new AwsError('TaskTimedOut', message);
    }
    this.drop(token);
    return waiting;
  }
}
