import { join } from 'node:path';
import { ACCOUNT, fixtureAssembly, fixtureFunction, REGION } from '../fixtures/assembly';
import type { FixtureAssembly, FixtureTemplate } from '../fixtures/assembly';
import { loadAssembly } from '../../../local/assembly';
import type { AssemblyOptions } from '../../../local/assembly';

const opened: FixtureAssembly[] = [];
afterEach(() => opened.splice(0).forEach((fixture) => fixture.remove()));

function load(
  templates: Record<string, FixtureTemplate>,
  options?: Partial<AssemblyOptions>,
  code?: Record<string, string>,
) {
  const fixture = fixtureAssembly(templates, code, options);
  opened.push(fixture);
  return fixture;
}

/** Resolves one value in a stack that has a bit of everything. */
function resolved(value: unknown, options?: Partial<AssemblyOptions>): unknown {
  const { assembly } = load(
    {
      other: {
        Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } } },
        Outputs: { TopicArn: { Value: { Ref: 'Topic' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:topic' } } } },
      },
      notes: {
        Parameters: {
          Size: { Type: 'Number', Default: 3 },
          Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' },
          Missing: { Type: 'String' },
        },
        Mappings: { Sizes: { 'eu-central-1': { small: 't4g.small' } } },
        Conditions: {
          IsBig: { 'Fn::Equals': [{ Ref: 'Size' }, '9'] },
          IsSmall: { 'Fn::Not': [{ Condition: 'IsBig' }] },
          Both: { 'Fn::And': [{ Condition: 'IsSmall' }, { 'Fn::Equals': ['a', 'a'] }] },
          Either: { 'Fn::Or': [{ Condition: 'IsBig' }, { Condition: 'Both' }] },
        },
        Resources: {
          Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'ledger' } },
          Image: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/image', Type: 'String', Value: 'sha256:1' } },
          Left: { Type: 'AWS::SNS::Topic', Condition: 'IsBig' },
          Subject: { Type: 'Custom::Subject', Properties: { Value: value } },
        },
      },
    },
    options,
  );
  return assembly.find('Custom::Subject').properties.Value;
}

test.each<[string, unknown, unknown]>([
  ['plain values', { a: [1, 'b', null, false] }, { a: [1, 'b', null, false] }],
  ['Ref of a parameter', { Ref: 'Size' }, 3],
  ['Ref of an SSM parameter', { Ref: 'Image' }, 'sha256:1'],
  ['Ref of a resource', { Ref: 'Table' }, 'ledger'],
  [
    'Ref of pseudo parameters',
    [
      { Ref: 'AWS::AccountId' },
      { Ref: 'AWS::Region' },
      { Ref: 'AWS::Partition' },
      { Ref: 'AWS::StackName' },
      { Ref: 'AWS::URLSuffix' },
    ],
    [ACCOUNT, REGION, 'aws', 'notes', 'amazonaws.com'],
  ],
  ['NoValue in a list and an object', { a: [1, { Ref: 'AWS::NoValue' }], b: { Ref: 'AWS::NoValue' } }, { a: [1] }],
  ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/ledger`],
  ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Table.Arn' }, `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/ledger`],
  [
    'Fn::Sub',
    { 'Fn::Sub': 'x-${Table}-${AWS::Region}-${Table.Arn}' },
    `x-ledger-${REGION}-arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/ledger`,
  ],
  [
    'Fn::Sub with variables and a literal',
    { 'Fn::Sub': ['${a}/${!kept}/${Table}', { a: { Ref: 'Size' } }] },
    '3/${kept}/ledger',
  ],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }, { Ref: 'Table' }]] }, 'a-3-ledger'],
  ['Fn::Select and Fn::Split', { 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
  ['Fn::Select of Fn::GetAZs', { 'Fn::Select': [2, { 'Fn::GetAZs': '' }] }, `${REGION}c`],
  ['Fn::GetAZs of a region', { 'Fn::GetAZs': { Ref: 'AWS::Region' } }, [`${REGION}a`, `${REGION}b`, `${REGION}c`]],
  ['Fn::If', { 'Fn::If': ['IsBig', 'big', { Ref: 'Table' }] }, 'ledger'],
  ['Fn::If without a value', { a: 1, b: { 'Fn::If': ['Either', { Ref: 'AWS::NoValue' }, 1] } }, { a: 1 }],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 't4g.small'],
  ['Fn::ImportValue', { 'Fn::ImportValue': 'other:topic' }, `arn:aws:sns:${REGION}:${ACCOUNT}:news`],
  [
    'Fn::GetStackOutput',
    { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'TopicArn' } },
    `arn:aws:sns:${REGION}:${ACCOUNT}:news`,
  ],
  ['Fn::Base64', { 'Fn::Base64': 'a' }, 'YQ=='],
  ['a dynamic reference to SSM', 'image {{resolve:ssm:/image}}', 'image sha256:1'],
  [
    'a dynamic reference to a secret',
    '{{resolve:secretsmanager:db:SecretString:password}}',
    '{{resolve:secretsmanager:db:SecretString:password}}',
  ],
  [
    "a policy's Condition",
    { Condition: { StringEquals: { a: { Ref: 'Table' } } } },
    { Condition: { StringEquals: { a: 'ledger' } } },
  ],
])('%s', (_what, value, expected) => {
  expect(resolved(value)).toEqual(expected);
});

test.each<[string, unknown, RegExp]>([
  [
    'an unknown attribute',
    { 'Fn::GetAtt': ['Table', 'Colour'] },
    /nobody knows the attribute Colour of Table \(AWS::DynamoDB::Table\)/,
  ],
  ['an attribute of an unknown type', { 'Fn::GetAtt': ['Subject', 'Answer'] }, /nobody knows the attribute Answer/],
  ['an unknown resource', { Ref: 'Nowhere' }, /no resource Nowhere/],
  ['a resource whose condition is false', { Ref: 'Left' }, /no resource Left/],
  ['an unknown function', { 'Fn::Cidr': ['10.0.0.0/16', 3] }, /does not know the intrinsic Fn::Cidr/],
  ['an unknown export', { 'Fn::ImportValue': 'nothing' }, /no stack exports nothing/],
  ['an unknown mapping', { 'Fn::FindInMap': ['Sizes', 'moon', 'small'] }, /no entry Sizes.moon.small/],
  ['a parameter without a value', { Ref: 'Missing' }, /parameter Missing has no default/],
  ['an unknown SSM parameter', '{{resolve:ssm:/nothing}}', /SSM parameter \/nothing/],
  ['too large an index', { 'Fn::Select': [5, ['a']] }, /item 5 of 1/],
  ['a property that refers to itself', { 'Fn::Sub': '${Subject.Value}' }, /nobody knows the attribute Value/],
])('%s throws and says where', (_what, value, reason) => {
  expect(() => resolved(value)).toThrow(reason);
  expect(() => resolved(value)).toThrow(/notes/);
});

test('values of run time come from the caller, and override what is built in', () => {
  const attribute = (_stack: string, id: string, type: string, name: string) =>
    name === 'Arn' ? `${type}/${id}` : undefined;
  expect(resolved({ 'Fn::GetAtt': ['Table', 'Arn'] }, { attribute })).toBe('AWS::DynamoDB::Table/Table');
  expect(resolved({ Ref: 'Missing' }, { parameter: (stack, name) => `${stack}/${name}` })).toBe('notes/Missing');
  expect(resolved('{{resolve:ssm:/nothing:2}}', { ssm: (name) => `value of ${name}` })).toBe('value of /nothing');
});

const SERVICE = { Cluster: { Ref: 'Cluster' }, ServiceName: 'blue' };

test.each<[string, object, string, Record<string, string | RegExp>]>([
  ['AWS::Lambda::Function', { FunctionName: 'f' }, 'f', { Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f` }],
  ['AWS::Lambda::Function', {}, 'notes-Subject', { Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:notes-Subject` }],
  ['AWS::IAM::Role', { RoleName: 'r' }, 'r', { Arn: `arn:aws:iam::${ACCOUNT}:role/r` }],
  ['AWS::IAM::Role', { RoleName: 'r', Path: '/a/' }, 'r', { Arn: `arn:aws:iam::${ACCOUNT}:role/a/r` }],
  [
    'AWS::StepFunctions::StateMachine',
    { StateMachineName: 'm' },
    `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:m`,
    { Name: 'm' },
  ],
  ['AWS::SNS::Topic', { TopicName: 't' }, `arn:aws:sns:${REGION}:${ACCOUNT}:t`, { TopicName: 't' }],
  ['AWS::S3::Bucket', {}, 'notes-subject', { Arn: 'arn:aws:s3:::notes-subject' }],
  ['AWS::ECS::Cluster', { ClusterName: 'c' }, 'c', { Arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/c` }],
  ['AWS::ECS::Service', SERVICE, `arn:aws:ecs:${REGION}:${ACCOUNT}:service/main/blue`, { Name: 'blue' }],
  ['AWS::ECS::TaskDefinition', { Family: 'f' }, `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/f:1`, {}],
  [
    'AWS::ElasticLoadBalancingV2::TargetGroup',
    { Name: 'blue' },
    `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/blue/`,
    { TargetGroupFullName: /^targetgroup\/blue\/[0-9a-f]{16}$/ },
  ],
  [
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    { Name: 'blue' },
    `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/blue/`,
    { LoadBalancerFullName: /^app\/blue\/[0-9a-f]{16}$/ },
  ],
  [
    'AWS::CloudFront::KeyValueStore',
    { Name: 'route' },
    'route',
    { Arn: new RegExp(`^arn:aws:cloudfront::${ACCOUNT}:key-value-store/[0-9a-f-]{36}$`) },
  ],
  ['AWS::CloudFront::Distribution', {}, 'E', { Id: /^E[0-9A-F]{13}$/ }],
  [
    'AWS::CloudFront::Function',
    { Name: 'f' },
    `arn:aws:cloudfront::${ACCOUNT}:function/f`,
    { FunctionARN: `arn:aws:cloudfront::${ACCOUNT}:function/f` },
  ],
  [
    'AWS::SecretsManager::Secret',
    { Name: 's' },
    `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:s-`,
    { Id: /secret:s-\w{6}$/ },
  ],
  [
    'AWS::Scheduler::ScheduleGroup',
    { Name: 'g' },
    'g',
    { Arn: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/g` },
  ],
  ['AWS::Logs::LogGroup', { LogGroupName: '/l' }, '/l', { Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/l:*` }],
  [
    'AWS::RDS::DBInstance',
    { DBInstanceIdentifier: 'Main' },
    'main',
    { DBInstanceArn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:main` },
  ],
  [
    'AWS::ECR::Repository',
    { RepositoryName: 'notes' },
    'notes',
    { RepositoryUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/notes` },
  ],
  ['AWS::Events::Rule', {}, 'notes-Subject', { Arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/notes-Subject` }],
  ['Custom::Anything', {}, 'notes-Subject', {}],
])('a %s with %j is %s', (type, properties, physicalId, attributes) => {
  const cluster = { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'main' } };
  const { assembly } = load({
    notes: {
      Resources: {
        ...(type.includes('Service') && { Cluster: cluster }),
        Subject: { Type: type, Properties: properties },
      },
    },
  });
  const subject = assembly.find(type);
  expect(subject.physicalId.startsWith(physicalId)).toBe(true);
  for (const [name, value] of Object.entries(attributes)) {
    expect(assembly.attribute(subject, name)).toEqual(value instanceof RegExp ? expect.stringMatching(value) : value);
  }
});

test('what stands for another resource gives its id: a secret attached to a database', () => {
  const { assembly } = load({
    notes: {
      Resources: {
        Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'db' } },
        Attached: { Type: 'AWS::SecretsManager::SecretTargetAttachment', Properties: { SecretId: { Ref: 'Secret' } } },
      },
    },
  });
  const [secret, attached] = assembly.resources();
  expect(attached?.physicalId).toBe(secret?.physicalId);
});

test('properties are resolved when read: what nobody knows hurts only who asks', () => {
  const { assembly } = load({
    notes: {
      Resources: {
        Database: { Type: 'AWS::RDS::DBInstance' },
        Function: fixtureFunction('f', {
          Role: 'arn:r',
          Environment: { Variables: { HOST: { 'Fn::GetAtt': ['Database', 'Endpoint.Address'] } } },
        }),
      },
    },
  });
  const resource = assembly.find('AWS::Lambda::Function');
  expect(resource.physicalId).toBe('f');
  expect(() => resource.properties).toThrow(/Endpoint.Address of Database/);
});

test('a reference in a circle is said, and not followed for ever', () => {
  const { assembly } = load({
    notes: {
      Resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': '${Table}-x' } } } },
    },
  });
  expect(() => assembly.find('AWS::DynamoDB::Table').physicalId).toThrow(/Table.TableName refers to itself/);
});

test('find names what there is when there is not exactly one', () => {
  const topic = (name: string) => ({ Type: 'AWS::SNS::Topic', Properties: { TopicName: name } });
  const { assembly } = load({ notes: { Resources: { One: topic('one'), Two: topic('two') } } });
  expect(() => assembly.find('AWS::SNS::Topic')).toThrow(/2 resources instead of one AWS::SNS::Topic .*One, Two/);
  expect(() => assembly.find('AWS::SNS::Topic', () => false)).toThrow(
    /no AWS::SNS::Topic that fits; there are One, Two/,
  );
  expect(assembly.find('AWS::SNS::Topic', ({ properties }) => properties.TopicName === 'two').logicalId).toBe('Two');
});

test('outputs are resolved, those of a false condition left out', () => {
  const { assembly } = load({
    notes: {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {},
      Outputs: { Region: { Value: { Ref: 'AWS::Region' } }, Hidden: { Condition: 'Never', Value: 'x' } },
    },
  });
  expect(assembly.outputs('notes')).toEqual({ Region: REGION });
  expect(() => assembly.outputs('other')).toThrow(/no stack other; it has notes/);
});

test('assets are found by their hash or object key', () => {
  const { assembly, directory } = load({ notes: { Resources: {} } }, {}, { 'abc/index.js': '' });
  expect(assembly.assetPath('abc')).toBe(join(directory, 'asset.abc'));
  expect(assembly.assetPath('abc.zip')).toBe(join(directory, 'asset.abc'));
  expect(() => assembly.assetPath('def')).toThrow(/no asset def/);
});

test('a directory that is no assembly is said to be none', () => {
  expect(() => loadAssembly('/nowhere', { account: ACCOUNT, region: REGION, attribute: () => undefined })).toThrow(
    /no manifest.json/,
  );
});
