import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ReleaseRequest } from '../domain/release';
import type { Claim } from '../domain/turns';
import { setting } from './settings';

const client = new SFNClient({});

/** What Step Functions says of an execution is "eventually consistent": it may not know one yet that has just begun. */
const KNOWN_AFTER_MS = 60_000;

/** Whether an execution runs; one that Step Functions does not know any more does not. */
export async function isRunning({ execution, startedAt }: Pick<Claim, 'execution' | 'startedAt'>): Promise<boolean> {
  // A warm revert is recorded without an execution.
  if (execution === '') return false;
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: execution }));
    return status === 'RUNNING';
  } catch (error) {
    if (!named(error, 'ExecutionDoesNotExist', 'StateMachineDoesNotExist')) throw error;
    return Date.now() < Date.parse(startedAt) + KNOWN_AFTER_MS;
  }
}

/** Starts a release; the same name with the same input again is the same execution. @returns its ARN. */
export async function startRelease(name: string, request: ReleaseRequest): Promise<string> {
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: setting('STATE_MACHINE_ARN'), name, input: JSON.stringify(request) }),
  );
  return executionArn as string;
}

/** ARN of the release of this name. */
export function executionOf(name: string): string {
  return `${setting('STATE_MACHINE_ARN').replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Stops an execution; one that has ended already is left as it is. */
export async function stopExecution(execution: string, error: string, cause: string): Promise<void> {
  try {
    await client.send(new StopExecutionCommand({ executionArn: execution, error, cause }));
  } catch (failure) {
    if (!named(failure, 'ExecutionDoesNotExist')) throw failure;
  }
}

/** Answers a task token. @returns false when nobody waits for it any more: answered, timed out or stopped. */
export async function answerToken(token: string, output: object): Promise<boolean> {
  return answered(client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) })));
}

/** Fails a task token with an error's name. @returns false when nobody waits for it any more. */
export async function failToken(token: string, error: string, cause: string): Promise<boolean> {
  return answered(client.send(new SendTaskFailureCommand({ taskToken: token, error, cause })));
}

async function answered(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (named(error, 'TaskTimedOut', 'TaskDoesNotExist')) return false;
    throw error;
  }
}

function named(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
