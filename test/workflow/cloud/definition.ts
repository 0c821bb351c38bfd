import { rmSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LogLevel } from 'aws-cdk-lib/aws-stepfunctions';
import type { EnvironmentConfig } from '../../../lib/config';
import { loadConfig } from '../../../lib/config/load';
import { MigrationMachine } from '../../../lib/constructs/workflow/migration-machine';
import { ReleaseMachine } from '../../../lib/constructs/workflow/release-machine';
import { RestoreMachine } from '../../../lib/constructs/workflow/restore-machine';
import { RollingMachine } from '../../../lib/constructs/workflow/rolling-machine';
import type { Definition } from './executions';

type Machine = typeof ReleaseMachine | typeof RollingMachine | typeof MigrationMachine | typeof RestoreMachine;

/** The state machines of an environment as they are synthesised, without the stacks around them: nothing is bundled. */
export interface Machines {
  readonly release: Definition;
  /** Migrations without a release. */
  readonly migration: Definition;
  /** Restores of the database. */
  readonly restore: Definition;
}

const known = new Map<string, Machines>();

/** @param change what differs from the configuration of the sample, with a name of its own */
export function machinesOf(name: string, change: Partial<EnvironmentConfig> = {}): Machines {
  const key = `${name} ${JSON.stringify(change)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const environment = { ...loadConfig().environments.find((each) => each.name === name)!, ...change };
  const machines = {
    release: synthesise(environment.strategy === 'rolling' ? RollingMachine : ReleaseMachine, environment),
    migration: synthesise(MigrationMachine, environment),
    restore: synthesise(RestoreMachine, environment),
  };
  known.set(key, machines);
  return machines;
}

function synthesise(Machine: Machine, environment: EnvironmentConfig): Definition {
  const app = new App();
  const stack = new Stack(app, 'release');
  new Machine(stack, 'Machine', {
    name: 'notes-production-machine',
    environment,
    functions: (folder) =>
      (stack.node.tryFindChild(folder) as LambdaFunction) ?? LambdaFunction.fromFunctionName(stack, folder, folder),
    logs: { level: LogLevel.ALL, destination: new LogGroup(stack, 'Log') },
  });
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  rmSync(app.outdir, { recursive: true });
  const text = machine?.Properties.DefinitionString['Fn::Join'][1] as (string | object)[];
  return JSON.parse(text.map((part) => (typeof part === 'string' ? part : 'x')).join('')) as Definition;
}

/** Folder of the handler that a state invokes. */
export function handlerOf(definition: Definition, state: string): string {
  const { Resource = '', Parameters } = definition.States[state]!;
  const name = Resource.endsWith('waitForTaskToken') ? String(Parameters?.FunctionName) : Resource;
  return name.slice(name.lastIndexOf(':') + 1);
}
