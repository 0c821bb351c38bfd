import { Stack, type App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '../../lib/app';
import { parseConfig, type GreenroomOptions } from '../../lib/config';
import { options, TODAY } from './base-stacks';
import { temporaryFolder } from './folder';

/** All stacks of a configuration. */
export function wholeApp(changes: Partial<GreenroomOptions>, environment?: string): App {
  return buildApp(parseConfig(options(changes), TODAY), { outdir: temporaryFolder(), environment });
}

let plain: App | undefined;

/** The smallest configuration with both strategies: production, and a rolling dev. Not to be changed. */
export function plainApp(): App {
  return (plain ??= wholeApp({ environments: [{ name: 'production' }, { name: 'dev', strategy: 'rolling' }] }));
}

export function stackNames(app: App): string[] {
  return app.node.children.filter((child) => Stack.isStack(child)).map(({ stackName }) => stackName);
}

export function stackOf(app: App, name: string): Stack {
  return app.node.findChild(name) as Stack;
}

const templates = new Map<Stack, Template>();

export function templateOf(app: App, name: string): Template {
  const stack = stackOf(app, name);
  const template = templates.get(stack) ?? Template.fromStack(stack);
  templates.set(stack, template);
  return template;
}
