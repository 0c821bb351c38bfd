import { Stack, Validations, type App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { buildApp } from '../../lib/app';
import { type GreenroomConfig, loadConfig } from '../../lib/config';
import { acknowledge, ACTIONS_ON_EVERYTHING, SUPPRESSIONS, suppressionOf } from '../../lib/nag/suppressions';
import { temporaryFolder } from './folder';

const sample = loadConfig();
const OTHER_DATABASE = {
  engine: 'mysql',
  version: '8.4',
  restoreFrom: 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-1',
} as const;
/** The sample, with what it does not ask for and a configuration may: migrations as a task, MySQL, a database that begins as a snapshot. */
const config: GreenroomConfig = {
  ...sample,
  environments: sample.environments.map((environment) => ({
    ...environment,
    migrations: { runOn: 'fargate', timeBudget: 4 * 3_600 },
    database: { ...environment.database, ...(environment.name === 'test' && OTHER_DATABASE) },
  })),
};
const app = buildApp(config, { outdir: temporaryFolder() });
// References between stacks become imports during the synthesis, and findings name them as they are afterwards.
app.synth();
const findings = findingsOf(app);
const covers = findings.map(({ finding, path, production }) => suppressionOf(finding, path, production));

/** What AwsSolutions finds in all environments of the sample configuration, before anything is accepted. */
function findingsOf(scope: App) {
  return new AwsSolutionsChecks().validateScope(scope).violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }) => {
      const environment = config.environments.find(({ name }) =>
        constructPath.startsWith(`${config.application.name}-${name}-`),
      );
      if (!environment) throw new Error(`${constructPath} is in no environment`);
      const path = constructPath.slice(`${config.application.name}-${environment.name}-`.length);
      return { finding: ruleName, constructPath, path, production: environment.production };
    }),
  );
}

describe('AwsSolutions', () => {
  it('finds what it is there to find', () => {
    expect(findings.length).toBeGreaterThan(50);
  });

  it('finds nothing that no reason covers', () => {
    const uncovered = findings
      .filter((_, i) => covers[i] === undefined)
      .map(({ finding, constructPath }) => `${finding} ${constructPath}`);
    expect(uncovered).toEqual([]);
  });

  it.each(SUPPRESSIONS.map((entry) => [String(entry.finding), entry] as const))('%s is still needed', (_, entry) => {
    expect(covers).toContain(entry);
  });

  it('passes as a plugin of the synthesis once the reasons stand on the constructs', () => {
    const dev = buildApp(config, { environment: 'dev', outdir: temporaryFolder() });
    findings.forEach(({ finding, constructPath }, i) => {
      const cover = covers[i];
      if (cover && constructPath.startsWith('notes-dev-')) acknowledge(constructAt(dev, constructPath), finding, cover);
    });
    const checks = new AwsSolutionsChecks();
    const validate = jest.spyOn(checks, 'validate');
    Validations.of(dev).addPlugins(checks);

    dev.synth();

    expect(validate.mock.results).toEqual([
      { type: 'return', value: expect.objectContaining({ success: true, violations: [] }) },
    ]);
  });
});

function constructAt(scope: App, path: string): IConstruct {
  return path.split('/').reduce<IConstruct>((construct, id) => construct.node.findChild(id), scope);
}

describe('what a role may do on every resource', () => {
  interface Statement {
    Effect: string;
    Action: string | string[];
    Resource: unknown;
  }

  const wide = new Set<string>();
  for (const stack of app.node.children.filter((child) => Stack.isStack(child))) {
    const template = Template.fromStack(stack);
    const policies = [
      ...Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties.PolicyDocument),
      ...Object.values(template.findResources('AWS::IAM::Role')).flatMap(({ Properties }) =>
        (Properties.Policies ?? []).map((policy: { PolicyDocument: unknown }) => policy.PolicyDocument),
      ),
    ];
    for (const statement of policies.flatMap((policy): Statement[] => policy.Statement)) {
      if ([statement.Resource].flat().includes('*')) for (const action of [statement.Action].flat()) wide.add(action);
    }
  }

  it('is listed, action by action, with what keeps it from being narrower', () => {
    expect([...wide].sort()).toEqual(Object.keys(ACTIONS_ON_EVERYTHING).sort());
  });

  it('holds no wildcard among the actions', () => {
    expect([...wide].filter((action) => action.includes('*'))).toEqual([]);
  });
});
