import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { ErrorName } from '../../../lambda/domain/errors';

/** What Lambda, or AWS behind our handler, may have got over a moment later. */
const RETRYABLE = [
  'Transient',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
];

/** A handler ends within a minute; half as much again for a cold start and the invocation itself. */
const STEP_TIMEOUT = Duration.seconds(90);

/** The migrator stops by itself before its function's time is over, and is invoked again. */
export const MIGRATION_TIMEOUT = Duration.minutes(10);

export interface StepStatesProps {
  /** The function of a folder under `lambda`. */
  readonly functions: (folder: string) => lambda.IFunction;
  /** Time between two questions of a step that is asked again. */
  readonly pollInterval: Duration;
  /** Name and folder of the step that every failure goes to. */
  readonly recovery: { readonly name: string; readonly folder: string };
}

/** A step of a workflow: its state's name, its handler's folder and the member of the state that it writes. */
export interface StepName {
  readonly name: string;
  readonly folder: string;
  readonly member: string;
  /** @default 90 seconds */
  readonly timeout?: Duration;
  /** What the handler gets. @default - the whole state */
  readonly payload?: sfn.TaskInput;
  /** Time between two questions of a step that is asked again. @default - that of all steps */
  readonly pollInterval?: Duration;
}

/** A step that somebody outside answers. */
export interface AnsweredStep extends StepName {
  readonly timeout: Duration;
  /** What the release ends with when nobody does. */
  readonly timedOut: { readonly error: ErrorName; readonly cause: string };
  /** State that the same handler is asked in when the time is over, for an answer of the very last moment. @default - none */
  readonly lastLook?: string;
}

/**
 * Makes the states of a workflow. Every task reads the whole state; what it returns becomes the member of its name;
 * every failure goes to recovery, and from there to the one end of all failed releases.
 */
export class StepStates extends Construct {
  private readonly recover: tasks.LambdaInvoke;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StepStatesProps,
  ) {
    super(scope, id);
    const { name, folder } = props.recovery;
    this.recover = this.invoke({ name, folder, member: 'recovery' });
    // Half an hour of attempts; what is left then is the sweep's.
    this.recover.addRetry({
      errors: ['States.ALL'],
      interval: Duration.seconds(5),
      maxAttempts: 12,
      backoffRate: 2,
      maxDelay: Duration.minutes(5),
    });
    this.recover.next(
      new sfn.Fail(this, 'ReleaseEnded', {
        stateName: 'ReleaseEnded',
        errorPath: '$.recovery.outcome',
        causePath: '$.recovery.reason',
      }),
    );
  }

  /** The first state: what was asked for, and the execution that it became. */
  begin(): sfn.Pass {
    return new sfn.Pass(this, 'Begin', {
      stateName: 'Begin',
      parameters: {
        'request.$': '$',
        execution: {
          'arn.$': '$$.Execution.Id',
          'name.$': '$$.Execution.Name',
          'startedAt.$': '$$.Execution.StartTime',
        },
      },
    });
  }

  /** A step that is asked once. */
  once(step: StepName): tasks.LambdaInvoke {
    return this.recovering(this.invoke(step));
  }

  /** A step that is asked again, one poll interval later, until `done` holds. */
  until(done: sfn.Condition, step: StepName): sfn.Chain {
    const task = this.once(step);
    const wait = this.pause(`Wait${step.name}`, step.pollInterval ?? this.props.pollInterval);
    const choice = new sfn.Choice(this, `${step.name}Done`, { stateName: `${step.name}Done` });
    const onward = otherwise(choice);
    choice.when(sfn.Condition.not(done), wait.next(task));
    task.next(choice);
    return sfn.Chain.custom(task, onward, choice);
  }

  /** A step that waits, at most `timeout`, for somebody to answer its task token. */
  answered(step: AnsweredStep): sfn.Chain {
    const { name, timedOut } = step;
    const task = new tasks.LambdaInvoke(this, name, {
      stateName: name,
      lambdaFunction: this.props.functions(step.folder),
      integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: sfn.TaskInput.fromObject({ state: sfn.JsonPath.entirePayload, token: sfn.JsonPath.taskToken }),
      resultPath: `$.${step.member}`,
      taskTimeout: sfn.Timeout.duration(step.timeout),
      retryOnServiceExceptions: false,
    });
    const explain = new sfn.Pass(this, `${name}TimedOut`, {
      stateName: `${name}TimedOut`,
      result: sfn.Result.fromObject({ Error: timedOut.error, Cause: timedOut.cause }),
      resultPath: '$.error',
    });
    task.addCatch(explain, { errors: ['States.Timeout'], resultPath: '$.error' });
    this.recovering(task);
    if (step.lastLook === undefined) {
      explain.next(this.recover);
      return sfn.Chain.start(task);
    }
    const payload = sfn.TaskInput.fromObject({ state: sfn.JsonPath.entirePayload });
    const look = this.once({ name: step.lastLook, folder: step.folder, member: step.member, payload });
    explain.next(look);
    return sfn.Chain.custom(task, [task, look], task);
  }

  /** Goes through `branch` only when the condition holds, then on. */
  when(name: string, condition: sfn.Condition, branch: sfn.IChainable): sfn.Chain {
    const choice = new sfn.Choice(this, name, { stateName: name });
    const onward = [...otherwise(choice), ...branch.endStates];
    choice.when(condition, branch);
    return sfn.Chain.custom(choice, onward, choice);
  }

  /** Lets time pass. */
  pause(name: string, time: Duration): sfn.Wait {
    return new sfn.Wait(this, name, { stateName: name, time: sfn.WaitTime.duration(time) });
  }

  private invoke(step: StepName): tasks.LambdaInvoke {
    return new tasks.LambdaInvoke(this, step.name, {
      stateName: step.name,
      lambdaFunction: this.props.functions(step.folder),
      payloadResponseOnly: true,
      payload: step.payload,
      resultPath: `$.${step.member}`,
      taskTimeout: sfn.Timeout.duration(step.timeout ?? STEP_TIMEOUT),
      retryOnServiceExceptions: false,
    });
  }

  private recovering(task: tasks.LambdaInvoke): tasks.LambdaInvoke {
    task.addRetry({
      errors: RETRYABLE,
      interval: Duration.seconds(2),
      maxAttempts: 6,
      backoffRate: 2,
      maxDelay: Duration.seconds(30),
      jitterStrategy: sfn.JitterType.FULL,
    });
    task.addCatch(this.recover, { errors: ['States.ALL'], resultPath: '$.error' });
    return task;
  }
}

/** Chains states and chains one after the other. */
export function inOrder(links: sfn.IChainable[]): sfn.Chain {
  const [first, ...rest] = links;
  return rest.reduce<sfn.Chain>((chain, link) => chain.next(link), sfn.Chain.start(first as sfn.IChainable));
}

/**
 * The open end of a choice: what comes next when no condition holds. Asked for before the choice has branches, since
 * `afterwards` follows branches to their ends and overlooks the open end of a choice within them.
 */
function otherwise(choice: sfn.Choice): sfn.INextable[] {
  return choice.afterwards({ includeOtherwise: true }).endStates;
}
