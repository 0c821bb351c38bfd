import { all, only } from './base-stacks';
import { templateOf, wholeApp } from './whole-app';

const ISSUER = 'token.actions.githubusercontent.com';

const app = wholeApp({
  environments: [{ name: 'production' }, { name: 'dev', strategy: 'rolling' }],
});
const access = templateOf(app, 'shop-production-access');
const role = only(access, 'AWS::IAM::Role');

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}
const statements: Statement[] = all(access, 'AWS::IAM::Policy').flatMap(
  ({ PolicyDocument }) => PolicyDocument.Statement,
);

describe('who takes the role on', () => {
  const [trust, ...others] = role.AssumeRolePolicyDocument.Statement;

  it('is a workflow of this repository, in this environment, for a tag', () => {
    expect(others).toEqual([]);
    expect(trust.Action).toBe('sts:AssumeRoleWithWebIdentity');
    expect(trust.Condition).toEqual({
      StringEquals: {
        [`${ISSUER}:aud`]: 'sts.amazonaws.com',
        [`${ISSUER}:repository_id`]: '42',
        [`${ISSUER}:environment`]: 'production',
      },
      StringLike: {
        [`${ISSUER}:ref`]: ['refs/tags/v*'],
        [`${ISSUER}:sub`]: ['repo:acme/shop:environment:production', 'repo:acme@*/shop@42:environment:production'],
      },
    });
  });

  it('passes no condition by leaving a claim out', () => {
    expect(JSON.stringify(trust)).not.toMatch(/ForAllValues|IfExists/);
  });

  it('keeps it for an hour', () => {
    expect(role.MaxSessionDuration ?? 3600).toBe(3600);
  });

  it('in a rolling environment may also come from the branch "develop"', () => {
    const rolling = only(templateOf(app, 'shop-dev-access'), 'AWS::IAM::Role').AssumeRolePolicyDocument.Statement[0];
    expect(rolling.Condition.StringLike[`${ISSUER}:ref`]).toEqual(['refs/heads/develop', 'refs/tags/v*']);
  });
});

describe('what it may do', () => {
  const ofService = (service: string) =>
    statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith(`${service}:`)));
  const actions = (service: string) =>
    ofService(service)
      .flatMap(({ Action }) => Action)
      .filter((action) => action.startsWith(`${service}:`))
      .sort();

  it('is to push images, put artifacts, start a release, watch it and read its record: nothing of any other service', () => {
    const services = new Set(statements.flatMap(({ Action }) => Action).map((action) => action.split(':')[0]));
    expect(services).toEqual(new Set(['ecr', 'lambda', 's3', 'states']));
    expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('concerns one repository, from which nothing can be deleted', () => {
    expect(actions('ecr')).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:CompleteLayerUpload',
      'ecr:DescribeImages',
      'ecr:GetAuthorizationToken',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ]);
    const onEverything = ofService('ecr').filter(({ Resource }) => Resource === '*');
    expect(onEverything.map(({ Action }) => Action)).toEqual(['ecr:GetAuthorizationToken']);
    for (const { Resource } of ofService('ecr').filter((each) => each.Resource !== '*')) {
      expect(Resource).toEqual({ 'Fn::ImportValue': expect.stringMatching(/^shop-production-registry:.*Repository/) });
    }
  });

  it('concerns one function, which only reads', () => {
    const invoked = statements.filter(({ Action }) => Action === 'lambda:InvokeFunction');
    expect(invoked).toHaveLength(1);
    expect(JSON.stringify(invoked[0]?.Resource)).toMatch(/^\{"Fn::ImportValue":"shop-production-release:.*Inspect/);
  });

  it('concerns two prefixes of one bucket, which it may write to, and read what was published', () => {
    expect(actions('s3')).toEqual(['s3:GetObject', 's3:PutObject']);
    const bucket = { 'Fn::ImportValue': expect.stringMatching(/^shop-production-registry:.*Artifacts/) };
    expect(ofService('s3').flatMap(({ Resource }) => Resource)).toEqual([
      { 'Fn::Join': ['', [bucket, '/changelogs/*']] },
      { 'Fn::Join': ['', [bucket, '/versions/*']] },
      { 'Fn::Join': ['', [bucket, '/versions/*']] },
    ]);
  });

  it('concerns one state machine and its executions', () => {
    expect(actions('states')).toEqual(['states:DescribeExecution', 'states:StartExecution']);
    const resource = (action: string) => JSON.stringify(statements.find(({ Action }) => Action === action)?.Resource);
    expect(resource('states:StartExecution')).toMatch(/^\{"Fn::ImportValue":"shop-production-release:/);
    expect(resource('states:DescribeExecution')).toMatch(/:execution:shop-production-release:\*"\]\]\}$/);
  });
});

describe('the identity provider', () => {
  it('is made once in an account and kept', () => {
    access.hasResource('AWS::IAM::OIDCProvider', {
      Properties: { Url: `https://${ISSUER}`, ClientIdList: ['sts.amazonaws.com'] },
      DeletionPolicy: 'Retain',
    });
    templateOf(app, 'shop-dev-access').resourceCountIs('AWS::IAM::OIDCProvider', 0);
  });

  it('is deployed before the environments that use it', () => {
    const dependencies = app
      .synth()
      .getStackByName('shop-dev-access')
      .dependencies.map(({ id }) => id);
    expect(dependencies).toContain('shop-production-access');
  });
});

it('binds the role to owner and name when the number of the repository is not given', () => {
  const unnumbered = wholeApp({ repository: { github: { owner: 'acme', repo: 'shop' } } });
  const { Condition } = only(templateOf(unnumbered, 'shop-production-access'), 'AWS::IAM::Role')
    .AssumeRolePolicyDocument.Statement[0];
  expect(Condition.StringEquals).not.toHaveProperty(`${ISSUER}:repository_id`);
  expect(Condition.StringLike[`${ISSUER}:sub`]).toEqual([
    'repo:acme/shop:environment:production',
    'repo:acme@*/shop@*:environment:production',
  ]);
});
