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
    { name: 'production' },
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
