import type { Template } from 'aws-cdk-lib/assertions';
import { all } from './base-stacks';
import { plainApp, templateOf, wholeApp } from './whole-app';

const ISSUER = 'token.actions.githubusercontent.com';

const app = plainApp();
const access = templateOf(app, 'shop-production-access');
const roleOf = (template: Template, suffix: string) =>
  all(template, 'AWS::IAM::Role').find(({ RoleName }) => String(RoleName).endsWith(suffix));
const role = roleOf(access, 'github-release');
const SHARED = 'acme/infra/.github/workflows/release.yml@refs/tags/v2.*';
/** Of a repository without its number, whose releases a workflow elsewhere starts. */
const otherRole = roleOf(
  templateOf(
    wholeApp({ repository: { github: { owner: 'acme', repo: 'shop', workflows: [SHARED] } } }),
    'shop-production-access',
  ),
  'github-release',
);

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
/** What a role may do, by the logical id that its policy hangs on. */
const statementsOf = (id: string): Statement[] =>
  all(access, 'AWS::IAM::Policy')
    .filter(({ Roles }) => JSON.stringify(Roles).includes(`"${id}Role`))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
const statements = statementsOf('Github');

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
        [`${ISSUER}:job_workflow_ref`]: ['acme/shop/.github/workflows/release-version.yml@refs/tags/v*'],
      },
    });
  });

  it('may be a reusable workflow of another repository, which is then named with its ref', () => {
    const [statement] = otherRole.AssumeRolePolicyDocument.Statement;
    expect(statement.Condition.StringLike[`${ISSUER}:job_workflow_ref`]).toEqual([SHARED]);
  });

  it('passes no condition by leaving a claim out', () => {
    expect(JSON.stringify(trust)).not.toMatch(/ForAllValues|IfExists/);
  });

  it('keeps it for an hour', () => {
    expect(role.MaxSessionDuration ?? 3600).toBe(3600);
  });

  it('in a rolling environment may also come from the branch "develop"', () => {
    const rolling = roleOf(templateOf(app, 'shop-dev-access'), 'github-release').AssumeRolePolicyDocument.Statement[0];
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

describe('the other workflows', () => {
  const trustOf = (suffix: string) => roleOf(access, suffix).AssumeRolePolicyDocument.Statement[0].Condition.StringLike;
  const actionsOf = (id: string) => [...new Set(statementsOf(id).flatMap(({ Action }) => Action))].sort();

  it.each([
    ['github-operate', ['revert.yml', 'migrate.yml']],
    ['github-observe', ['record.yml']],
    ['github-deploy', ['infrastructure.yml']],
  ])('have a role of their own, on main alone: %s', (suffix, files) => {
    expect(trustOf(suffix)[`${ISSUER}:ref`]).toEqual(['refs/heads/main']);
    expect(trustOf(suffix)[`${ISSUER}:job_workflow_ref`]).toEqual(
      files.map((file) => `acme/shop/.github/workflows/${file}@refs/heads/main`),
    );
  });

  it('an operator reaches revert and operate by their URL only, so that AWS says who it was', () => {
    expect(actionsOf('Operator')).toEqual([
      'lambda:GetFunctionUrlConfig',
      'lambda:InvokeFunction',
      'lambda:InvokeFunctionUrl',
      'states:DescribeExecution',
      'states:StartExecution',
    ]);
    const invoked = statementsOf('Operator').filter(({ Action }) => Action === 'lambda:InvokeFunction');
    const direct = invoked.filter(({ Condition }) => Condition === undefined);
    expect(JSON.stringify(direct.map(({ Resource }) => Resource))).toMatch(
      /^\[\{"Fn::ImportValue":"[^"]*Inspect[^"]*"\}\]$/,
    );
    for (const { Condition, Resource } of invoked.filter((each) => each.Condition !== undefined)) {
      expect(Condition).toEqual({ Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } });
      expect([Resource].flat().every((each) => JSON.stringify(each).includes(':url'))).toBe(true);
    }
    expect(JSON.stringify(statementsOf('Operator').find(({ Action }) => Action === 'states:StartExecution'))).toMatch(
      /Migration/,
    );
  });

  it('an observer reads one function; a deployer takes on what the bootstrap made', () => {
    expect(actionsOf('Observer')).toEqual(['lambda:InvokeFunction']);
    expect(statementsOf('Deployer')).toEqual([
      expect.objectContaining({
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: {
            'iam:ResourceTag/aws-cdk:bootstrap-role': ['deploy', 'file-publishing', 'image-publishing', 'lookup'],
          },
        },
      }),
    ]);
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
  const { Condition } = otherRole.AssumeRolePolicyDocument.Statement[0];
  expect(Condition.StringEquals).not.toHaveProperty(`${ISSUER}:repository_id`);
  expect(Condition.StringLike[`${ISSUER}:sub`]).toEqual([
    'repo:acme/shop:environment:production',
    'repo:acme@*/shop@*:environment:production',
  ]);
});
