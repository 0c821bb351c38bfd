import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LogLevel } from 'aws-cdk-lib/aws-stepfunctions';
import { loadConfig } from '../../../lib/config/load';
import { MigrationMachine } from '../../../lib/constructs/workflow/migration-machine';
import { ReleaseMachine } from '../../../lib/constructs/workflow/release-machine';
import type { Definition } from './executions';

const definitions = new Map<string, Definition>();

/** The state machine of releases in production as it is synthesised, without the stacks around it: nothing is bundled. */
export function releaseDefinition(): Definition {
  return definitionOf(ReleaseMachine);
}

/** The state machine of migrations without a release. */
export function migrationDefinition(): Definition {
  return definitionOf(MigrationMachine);
}

function definitionOf(machine: typeof ReleaseMachine | typeof MigrationMachine): Definition {
  const definition = definitions.get(machine.name) ?? synthesise(machine);
  definitions.set(machine.name, definition);
  return definition;
}

function synthesise(Machine: typeof ReleaseMachine | typeof MigrationMachine): Definition {
  const stack = new Stack(new App(), 'release');
  const environment = loadConfig().environments.find(({ name }) => name === 'production')!;
  new Machine(stack, 'Machine', {
    name: 'notes-production-machine',
    environment,
    functions: (folder) =>
      (stack.node.tryFindChild(folder) as LambdaFunction) ?? LambdaFunction.fromFunctionName(stack, folder, folder),
    logs: { level: LogLevel.ALL, destination: new LogGroup(stack, 'Log') },
  });
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const text = machine?.Properties.DefinitionString['Fn::Join'][1] as (string | object)[];
  return JSON.parse(text.map((part) => (typeof part === 'string' ? part : 'x')).join('')) as Definition;
}
