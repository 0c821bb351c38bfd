import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LogLevel } from 'aws-cdk-lib/aws-stepfunctions';
import { loadConfig } from '../../../lib/config/load';
import { ReleaseMachine } from '../../../lib/constructs/workflow/release-machine';
import type { Definition } from './executions';

let definition: Definition | undefined;

/** The state machine of production as it is synthesised, without the stacks around it: nothing has to be bundled. */
export function releaseDefinition(): Definition {
  definition ??= synthesise();
  return definition;
}

function synthesise(): Definition {
  const stack = new Stack(new App(), 'release');
  const environment = loadConfig().environments.find(({ name }) => name === 'production')!;
  new ReleaseMachine(stack, 'Release', {
    name: 'notes-production-release',
    environment,
    functions: (folder) =>
      (stack.node.tryFindChild(folder) as LambdaFunction) ?? LambdaFunction.fromFunctionName(stack, folder, folder),
    logs: { level: LogLevel.ALL, destination: new LogGroup(stack, 'Log') },
  });
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const text = machine?.Properties.DefinitionString['Fn::Join'][1] as (string | object)[];
  return JSON.parse(text.map((part) => (typeof part === 'string' ? part : 'x')).join('')) as Definition;
}
