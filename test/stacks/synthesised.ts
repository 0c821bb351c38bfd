import { Template } from 'aws-cdk-lib/assertions';
import { Stack, type App } from 'aws-cdk-lib';
import { buildApp } from '../../lib/app';
import { loadConfig } from '../../lib/config/load';
import { temporaryFolder } from './folder';

const apps = new Map<string, App>();
const templates = new Map<Stack, Template>();

function sampleApp(environment: string): App {
  const app = apps.get(environment) ?? buildApp(loadConfig(), { environment, outdir: temporaryFolder() });
  apps.set(environment, app);
  return app;
}

/** The template of one stack of the sample configuration, for example `('production', 'release')`. */
export function sampleTemplate(environment: string, stack: string): Template {
  const found = sampleApp(environment).node.findChild(`notes-${environment}-${stack}`) as Stack;
  const template = templates.get(found) ?? Template.fromStack(found);
  templates.set(found, template);
  return template;
}

/** All stacks of an environment of the sample configuration. */
export function sampleStacks(environment: string): Stack[] {
  return sampleApp(environment).node.children.filter((child) => Stack.isStack(child));
}

/** A state of a state machine's definition. */
export interface StateDefinition {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: { readonly Next: string }[];
  readonly Resource?: string;
  readonly ResultPath?: string;
  readonly TimeoutSeconds?: number;
  readonly Seconds?: number;
  readonly Retry?: { readonly ErrorEquals: string[] }[];
  readonly Catch?: { readonly ErrorEquals: string[]; readonly Next: string; readonly ResultPath: string }[];
  readonly QueryLanguage?: string;
}

export interface MachineDefinition {
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, StateDefinition>>;
}

/** The state machine of a release stack, or with `migrate` its migration machine; references stand as plain ARNs, so that validators can read it. */
export function machineDefinition(template: Template, suffix = 'release'): MachineDefinition {
  const machine = Object.values(template.findResources('AWS::StepFunctions::StateMachine')).find(({ Properties }) =>
    String(Properties.StateMachineName).endsWith(`-${suffix}`),
  );
  const text = machine?.Properties.DefinitionString['Fn::Join'][1] as (string | Record<string, unknown>)[];
  const plain = text.map((part) => {
    if (typeof part === 'string') return part;
    if (part.Ref === 'AWS::Partition') return 'aws';
    const [logicalId] = (part['Fn::GetAtt'] as string[] | undefined) ?? [String(part.Ref)];
    return `arn:aws:lambda:eu-central-1:111111111111:function:${logicalId}`;
  });
  return JSON.parse(plain.join('')) as MachineDefinition;
}
