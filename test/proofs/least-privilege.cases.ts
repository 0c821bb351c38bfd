import type { Resource } from '../../local/assembly';
import type { Access } from '../../local/cloud/access';
import type { Statement } from '../../local/cloud/iam';
import { allowed, handlersOf, list, needsOf, statementsOf } from './permissions';
import { ACCOUNT, REGION } from './production';
import { type RecordedCall, settingsOf } from './recorded-world';
import { assembly, runs } from './runs';

/** Actions that are allowed on everything, each with the reason. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  'application-autoscaling:DescribeScalableTargets': 'knows no resource type',
  'backup:DescribeRestoreJob': 'knows no resource type',
  'backup:ListCopyJobs': 'knows no resource type',
  'backup:PutRestoreValidationResult': 'knows no resource type',
  'cloudwatch:DescribeAlarms': 'composite alarms are told only to who may describe all alarms',
  'cloudwatch:GetMetricData': 'knows no resource type',
  'dynamodb:ListStreams': 'knows no resource type',
  'ec2:DescribeSubnets': 'knows no resource type',
  'ecs:DeregisterTaskDefinition': 'knows no resource type',
  'ecs:DescribeTaskDefinition': 'knows no resource type',
  'ecs:DescribeTasks': 'held to the cluster by a condition',
  'ecs:ListTasks': 'held to the cluster by a condition: its resource is a container instance',
  'elasticloadbalancing:DescribeTargetHealth': 'knows no resource type',
  'logs:DescribeLogGroups': 'knows no resource type',
  'rds:DescribeAccountAttributes': 'knows no resource type',
};

/** Resources that are a pattern, without their account, each with what stands for the star. */
const PATTERNS: Readonly<Record<string, string>> = {
  '*:key/*': 'the key of a copy in another region, through RDS alone',
  '*:snapshot:awsbackup:*': 'one recovery point a day, here or in the other region',
  'alarm:TargetTracking-*': 'Application Auto Scaling chooses the names of its alarms',
  'changelogs/*': 'one object a version',
  'db:awsbackup-restore-test-*': 'AWS Backup names what it restores for a test',
  'db:notes-production-before-*': 'one old instance a restore',
  'db:notes-production-restored-*': 'one new instance a restore',
  'execution:notes-production-migrate:*': 'every execution',
  'execution:notes-production-release:*': 'every execution',
  'execution:notes-production-restore:*': 'every execution',
  'log-group:/greenroom/notes-production-migrate:log-stream:migrate/*': 'one stream a task',
  'log-group:/greenroom/notes-production/blue:*': 'the streams of the log group',
  'log-group:/greenroom/notes-production/green:*': 'the streams of the log group',
  'og:default:*': 'RDS names its group of no options after engine and version',
  'pg:notes-production-database-*': 'CloudFormation draws the end of the name',
  'role/aws-service-role/ecs.application-autoscaling.amazonaws.com/*': 'one role of that service',
  'scalable-target/*': 'the id of a scalable target is not known before it is registered',
  'scans/*': 'one object a release',
  'schedule/notes-production-retirements/*': 'one schedule a release',
  'snapshot:greenroom-*': 'one snapshot a release',
  'snapshot:greenroom-copy-*': 'one copy a recovery point',
  'subgrp:notes-production-database-*': 'CloudFormation draws the end of the name',
  'task-definition/notes-production-blue:*': 'the revision is new',
  'task-definition/notes-production-green:*': 'the revision is new',
  'task-definition/notes-production-migrate:*': 'the newest revision',
  'task/notes-production/*': 'ECS draws the id of a task',
  'versions/*': 'one object a version',
};

/** Conditions without which an action would reach further than its resource says. */
const CONDITIONS: Readonly<Record<string, string>> = {
  'ecs:DescribeTasks': 'ecs:cluster',
  'ecs:ListTasks': 'ecs:cluster',
  'ecs:RunTask': 'ecs:cluster',
  'ecs:TagResource': 'ecs:CreateAction',
  'iam:CreateServiceLinkedRole': 'iam:AWSServiceName',
  'iam:PassRole': 'iam:PassedToService',
  'kms:CreateGrant': 'kms:ViaService',
  'kms:Decrypt': 'kms:ViaService',
  'kms:DescribeKey': 'kms:ViaService',
  'kms:GenerateDataKey': 'kms:ViaService',
  'dynamodb:DeleteItem': 'dynamodb:LeadingKeys',
  'dynamodb:PutItem': 'dynamodb:LeadingKeys',
  'dynamodb:UpdateItem': 'dynamodb:LeadingKeys',
  'events:PutEvents': 'events:source',
  'rds:DeleteDBSnapshot': 'aws:ResourceTag/greenroom:release',
};

/** Partitions of the ledger that may be written; one a statement, so that each is shown to be needed. */
const PARTITIONS: readonly unknown[] = ['release#*', 'events#*', 'acts', 'environment'];

const OUTCOMES = [
  'released',
  'rejected',
  'failed',
  'superseded',
  'canceled',
  'reverted',
  'migrated',
  'restored',
  'planned',
];

const handlers = handlersOf(assembly);
const calls: RecordedCall[] = [];
const outcomes = new Set<unknown>();
let needs: Map<string, Access[]>;

beforeAll(async () => {
  for (const run of await runs()) {
    calls.push(...run.calls);
    for (const { outcome } of run.items) outcomes.add(outcome);
  }
  needs = needsOf(assembly, calls);
}, 60_000);

const needsFor = (handler: string) => needs.get(handler) ?? [];
const text = (handler: string, { Action, Resource }: Statement) =>
  `${handler}: ${list(Action).join()} on ${list(Resource).join()}`;
/** Every statement of every role of the workflow, with whose it is and what stands beside it. */
const everyStatement = handlers.flatMap((handler) => {
  const statements = statementsOf(assembly, handler);
  return statements.map((statement) => ({
    handler,
    statement,
    others: statements.filter((each) => each !== statement),
  }));
});

test('the scenarios call every function of the workflow', () => {
  expect(handlers.filter((handler) => needsFor(handler).length === 0)).toEqual([]);
  expect(calls.length).toBeGreaterThan(5_000);
});

test('the scenarios come to every end that there is', () => {
  expect(OUTCOMES.filter((outcome) => !outcomes.has(outcome))).toEqual([]);
});

test('every call of every scenario is allowed to the function that makes it', () => {
  const denied = handlers.flatMap((handler) => {
    const statements = statementsOf(assembly, handler);
    return needsFor(handler)
      .filter((need) => !allowed(statements, need))
      .map(({ action, resource }) => `${handler}: ${action} on ${resource}`);
  });
  expect(denied).toEqual([]);
});

test('every action that is allowed is used, and on every resource that its statement names', () => {
  const unused = everyStatement.flatMap(({ handler, statement }) => {
    const uses = (part: Partial<Statement>) =>
      needsFor(handler).some((need) => allowed([{ ...statement, ...part }], need));
    return [
      ...list(statement.Action).filter((Action) => !uses({ Action })),
      ...list(statement.Resource).filter((Resource) => !uses({ Resource })),
    ].map((part) => `${handler}: ${part}`);
  });
  expect(unused).toEqual([]);
});

test('without any one statement some call is denied', () => {
  const idle = everyStatement.filter(({ handler, others }) => needsFor(handler).every((need) => allowed(others, need)));
  expect(idle.map(({ handler, statement }) => text(handler, statement))).toEqual([]);
  expect(everyStatement.length).toBeGreaterThan(100);
});

test('the database’s secret is opened by its key’s own policy: the roles need no statement for it', () => {
  const secret = assembly.find(
    'AWS::SecretsManager::Secret',
    (each) => each.physicalId === settings.MIGRATOR_SECRET_ARN,
  );
  const key = assembly.find('AWS::KMS::Key', (each) => assembly.attribute(each, 'Arn') === secret.properties.KmsKeyId);
  expect(key.properties.KeyPolicy.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: expect.arrayContaining(['kms:Decrypt']),
      Condition: {
        StringEquals: {
          'kms:CallerAccount': ACCOUNT,
          'kms:ViaService': expect.stringMatching(/^secretsmanager\./),
        },
      },
    }),
  );
});

const settings = settingsOf(assembly);
/** ARNs of everything in the templates. */
const own = new Set(
  assembly
    .resources()
    .flatMap((each) => [each.physicalId, ...['Arn', 'BackupVaultArn', 'DBInstanceArn'].map(arnOf(each))]),
);
own.add(`arn:aws:cloudfront::${ACCOUNT}:distribution/${settings.DISTRIBUTION_ID}`);
own.add(`arn:aws:s3:::${settings.ARTIFACT_BUCKET}`);
// AWS's own quota of vCPU on Fargate.
own.add(`arn:aws:servicequotas:${REGION}:${ACCOUNT}:fargate/L-3032A538`);
for (const { properties } of assembly.resources('AWS::Lambda::Alias')) {
  own.add(`arn:aws:lambda:${REGION}:${ACCOUNT}:function:${properties.FunctionName}:${properties.Name}`);
}
own.add(`${assembly.attribute(assembly.find('AWS::DynamoDB::Table'), 'Arn')}/index/history`);
own.add(assembly.attribute(assembly.find('AWS::DynamoDB::Table'), 'StreamArn'));
own.add(`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`);

function arnOf(resource: Resource) {
  return (attribute: string): string => {
    try {
      return assembly.attribute(resource, attribute);
    } catch {
      return resource.physicalId;
    }
  };
}

/** What a statement allows beyond the tables above and the resources of the templates. */
function tooWide({ Action, Resource, Condition }: Statement): string[] {
  const actions = list(Action);
  const keys = Object.values(Condition ?? {}).flatMap((tests) => Object.keys(tests));
  const partitions = Object.values(Condition ?? {}).flatMap((tests) => list(tests['dynamodb:LeadingKeys'] as string));
  return [
    ...(partitions.length > 1 ? [`${partitions.join()} at once`] : []),
    ...partitions.filter((each) => !PARTITIONS.includes(each)).map((each) => `the partition ${each}`),
    ...actions.filter((action) => action in CONDITIONS && !keys.includes(CONDITIONS[action] as string)),
    ...actions.filter((action) => action.includes('*')),
    ...list(Resource).flatMap((resource) => {
      if (resource === '*')
        return actions.filter((action) => !(action in ON_EVERYTHING)).map((action) => `${action} on *`);
      if (!resource.includes('*')) return own.has(resource) ? [] : [resource];
      return patternOf(resource) in PATTERNS && isOurs(resource) ? [] : [resource];
    }),
  ];
}

const bucket = `arn:aws:s3:::${settings.ARTIFACT_BUCKET}/`;
/** Without the account, and without the region unless it is a star. */
const patternOf = (arn: string) => {
  if (arn.startsWith(bucket)) return arn.slice(bucket.length);
  const [, , , region, , ...rest] = arn.split(':');
  return [...(region === '*' ? ['*'] : []), ...rest].join(':');
};
const isOurs = (arn: string) => arn.startsWith(bucket) || arn.split(':')[4] === ACCOUNT;

describe('nothing is allowed beyond what the calls name', () => {
  test('every resource is one of the templates, or a pattern with a reason', () => {
    expect(
      everyStatement.flatMap(({ handler, statement }) => tooWide(statement).map((what) => `${handler}: ${what}`)),
    ).toEqual([]);
  });

  test('no table names what no statement has', () => {
    const actions = everyStatement
      .filter(({ statement }) => statement.Resource === '*')
      .flatMap(({ statement }) => list(statement.Action));
    const patterns = everyStatement
      .flatMap(({ statement }) => list(statement.Resource))
      .filter((each) => each !== '*' && each.includes('*'));
    expect([...new Set(actions)].sort()).toEqual(Object.keys(ON_EVERYTHING));
    expect([...new Set(patterns.map(patternOf))].sort()).toEqual(Object.keys(PATTERNS));
  });

  test('a resource, an action or a condition that is widened is found, whichever it is', () => {
    const widened = everyStatement.flatMap(({ handler, statement }) => {
      const resources = list(statement.Resource).filter((each) => each !== '*');
      const wider = resources.flatMap((resource) => [
        '*',
        resource.replace(`:${ACCOUNT}:`, ':*:'),
        `${resource.slice(0, Math.max(resource.lastIndexOf('/'), resource.lastIndexOf(':')) + 1)}*`,
      ]);
      return [
        ...wider
          .filter((resource) => !resources.includes(resource))
          .map((Resource) => ({ handler, statement: { ...statement, Resource } })),
        ...(statement.Condition ? [{ handler, statement: { ...statement, Condition: undefined } }] : []),
        ...(JSON.stringify(statement.Condition ?? {}).includes('LeadingKeys')
          ? [['*'], ['acts', 'environment']].map((partitions) => ({
              handler,
              statement: {
                ...statement,
                Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } },
              },
            }))
          : []),
        ...list(statement.Action).map((action) => ({
          handler,
          statement: { ...statement, Action: action.replace(/:.*/, ':*') },
        })),
      ];
    });
    const overlooked = widened.filter(({ statement }) => tooWide(statement).length === 0);
    expect(overlooked.map(({ handler, statement }) => text(handler, statement))).toEqual([]);
    expect(widened.length).toBeGreaterThan(300);
  });
});
