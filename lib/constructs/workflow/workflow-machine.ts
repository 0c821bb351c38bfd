import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config';
import { inOrder, StepStates, type StepStatesProps } from './step-states';

export interface MachineProps {
  /** Physical name. */
  readonly name: string;
  readonly environment: EnvironmentConfig;
  /** The function of a folder under `lambda`. */
  readonly functions: (folder: string) => lambda.IFunction;
  readonly logs: sfn.LogOptions;
}

/** In what the state machines differ. */
export interface Workflow {
  readonly comment: string;
  readonly recovery: StepStatesProps['recovery'];
  /** Time between two questions of a step that is asked again. @default - the environment's */
  readonly pollInterval?: Duration;
  /** Everything between the first state and the end. */
  readonly steps: (states: StepStates) => sfn.IChainable[];
  /** State in which an execution ends well. */
  readonly end: string;
  /** After this time an execution is ended from outside, so that it has to be out of reach. */
  readonly timeout: Duration;
}

/** A state machine whose every failure goes to one step of recovery. */
export abstract class WorkflowMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps, workflow: Workflow) {
    super(scope, id);
    const states = new StepStates(this, 'States', {
      functions: props.functions,
      pollInterval: workflow.pollInterval ?? Duration.seconds(props.environment.pollInterval),
      recovery: workflow.recovery,
    });
    this.stateMachine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: workflow.comment,
      definitionBody: sfn.DefinitionBody.fromChainable(
        inOrder([
          states.begin(),
          ...workflow.steps(states),
          new sfn.Succeed(this, workflow.end, { stateName: workflow.end }),
        ]),
      ),
      timeout: workflow.timeout,
      tracingEnabled: true,
      logs: props.logs,
    });
  }
}
