import { EDGE_NAMES } from '../../lambda/domain/route';
import { all, only } from './base-stacks';
import { machineDefinition } from './synthesised';
import { stackNames, templateOf, wholeApp } from './whole-app';

// Bundles are another test's business, and take time.
jest.mock('../../lib/constructs/handlers', () => ({
  handlerCode: () => jest.requireActual('aws-cdk-lib/aws-lambda').Code.fromInline('exports.handler = () => undefined;'),
}));

const app = wholeApp({
  environments: [
    { name: 'dev', waf: { enabled: true, rateLimit: 300 }, readOnlyDuringMigrations: 'always' },
    { name: 'staging', readOnlyDuringMigrations: 'contract' },
    { name: 'production', migrations: { runOn: 'fargate', timeBudget: '6h' } },
  ],
});

describe('the firewall', () => {
  const { Rules: rules, Scope: scope } = only(templateOf(app, 'shop-production-firewall'), 'AWS::WAFv2::WebACL');
  const names = rules.map(({ Name }: { Name: string }) => Name);

  it('stands before the distribution of production, made in us-east-1 and found there by the edge', () => {
    const edge = templateOf(app, 'shop-production-edge');
    const { DistributionConfig } = only(edge, 'AWS::CloudFront::Distribution');
    expect(scope).toBe('CLOUDFRONT');
    expect(app.synth().getStackByName('shop-production-firewall').environment.region).toBe('us-east-1');
    expect(DistributionConfig.WebACLId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^WebAcl/), 'WebAclArn'] });
    expect(only(edge, 'Custom::WebAclArn').StackName).toBe('shop-production-firewall');
  });

  it('is deployed before the edge by `cdk deploy --all`', () => {
    const { manifest } = app.synth();
    const { dependencies } = manifest.artifacts?.['shop-production-edge'] ?? {};
    expect(dependencies).toContain('shop-production-firewall');
  });

  it('may be asked for elsewhere, and left out', () => {
    const firewalls = stackNames(app).filter((name) => name.endsWith('-firewall'));
    const none = wholeApp({ environments: [{ name: 'production', waf: { enabled: false } }] });
    expect(firewalls).toEqual(['shop-dev-firewall', 'shop-production-firewall']);
    expect(stackNames(none).filter((name) => name.endsWith('-firewall'))).toEqual([]);
    expect(all(templateOf(app, 'shop-staging-edge'), 'Custom::WebAclArn')).toEqual([]);
  });

  it('lets the probe through before anything else, limits each address, and asks AWS’s rules', () => {
    expect(names.slice(0, 2)).toEqual(['probe', 'rate']);
    expect(JSON.stringify(rules[0])).toContain(`"SearchString":"${EDGE_NAMES.probePath}"`);
    expect(rules[0]).toMatchObject({ Action: { Allow: {} }, Priority: 0 });
    expect(rules[1].Statement.RateBasedStatement).toMatchObject({ AggregateKeyType: 'IP', Limit: 5000 });
    expect(names.slice(2).every((name: string) => name.startsWith('AWSManagedRules'))).toBe(true);
    expect(names.slice(2).length).toBeGreaterThan(0);
    const dev = only(templateOf(app, 'shop-dev-firewall'), 'AWS::WAFv2::WebACL');
    expect(JSON.stringify(dev.Rules)).toContain('"Limit":300');
  });
});

describe('read-only mode around migrations', () => {
  const statesOf = (environment: string) => machineDefinition(templateOf(app, `shop-${environment}-release`)).States;

  it('is no part of the workflow unless it is asked for', () => {
    expect(Object.keys(statesOf('production')).filter((name) => name.includes('ReadOnly'))).toEqual([]);
  });

  it('begins right before Migrate and ends after VerifyMigration', () => {
    const states = statesOf('dev');
    expect(states.BeginReadOnly?.Next).toBe('Migrate');
    expect(states.VerifyMigration?.Next).toBe('EndReadOnly');
    expect(states.EndReadOnly?.Next).toBe('DeployIdle');
  });

  it('may be for contract migrations only', () => {
    const states = statesOf('staging');
    expect(states.BeginReadOnlyNeeded).toMatchObject({ Type: 'Choice', Default: 'Migrate' });
    expect(JSON.stringify(states.BeginReadOnlyNeeded)).toContain('"StringEquals":"contract"');
    expect(states.EndReadOnlyNeeded).toMatchObject({ Default: 'DeployIdle' });
  });
});

describe('migrations as a task', () => {
  const release = templateOf(app, 'shop-production-release');
  const definition = only(release, 'AWS::ECS::TaskDefinition');
  type Policy = { readonly PolicyDocument: { readonly Statement: readonly { readonly Action: string | string[] }[] } };
  /** What the roles of that name are allowed, in the role itself or in a policy of their own. */
  const actionsOf = (name: RegExp): string[] => {
    const own = Object.entries(release.findResources('AWS::IAM::Policy')).filter(([id]) => name.test(id));
    const roles = Object.entries(release.findResources('AWS::IAM::Role')).filter(([id]) => name.test(id));
    const policies = [
      ...own.map(([, { Properties }]) => Properties as Policy),
      ...roles.flatMap(([, { Properties }]) => (Properties.Policies ?? []) as Policy[]),
    ];
    return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap(({ Action }) => Action);
  };

  it('run before Migrate, which then only looks at the history', () => {
    const { States } = machineDefinition(release);
    expect(States.AwaitSnapshotDone?.Default).toBe('RunMigrationTask');
    expect(States.RunMigrationTask).toMatchObject({ Next: 'RunMigrationTaskDone', ResultPath: '$.task' });
    expect(States.RunMigrationTaskDone?.Default).toBe('Migrate');
    expect(machineDefinition(templateOf(app, 'shop-staging-release')).States.RunMigrationTask).toBeUndefined();
  });

  it('may do what Migrate may, in a container without rights', () => {
    const [container] = definition.ContainerDefinitions;
    expect(definition).toMatchObject({ Family: 'shop-production-migrate', NetworkMode: 'awsvpc' });
    expect(container).toMatchObject({ User: '1000:1000', ReadonlyRootFilesystem: true });
    expect(container.Environment).toContainEqual({ Name: 'BUDGET_SECONDS', Value: '21600' });
    expect(container.Secrets).toBeUndefined(); // it reads the secret itself, as the function does
    expect(actionsOf(/^MigrationTaskTaskRole/).sort()).toEqual(['s3:GetObject', 'secretsmanager:GetSecretValue']);
  });

  it('are started and followed by their step, and stopped by recovery, each with no right beyond', () => {
    const task = ['ecs:DescribeTasks', 'ecs:RunTask', 'ecs:StopTask', 'iam:PassRole', 'logs:GetLogEvents'];
    expect(
      actionsOf(/^RunMigrationTask/)
        .filter((action) => !action.startsWith('xray:'))
        .sort(),
    ).toEqual(expect.arrayContaining(task));
    expect(actionsOf(/^RecoverRelease/)).toEqual(expect.arrayContaining(['ecs:ListTasks', 'ecs:StopTask']));
    expect(actionsOf(/^(Operate|Migrate|DeployIdle)/).filter((action) => /StopTask|RunTask/.test(action))).toEqual([]);
  });
});
