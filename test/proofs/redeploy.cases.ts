import type { IConstruct } from 'constructs';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import sample from '../../greenroom.config';
import type { GreenroomConfig } from '../../lib/config';
import { CREATE_ONLY } from './create-only';
import {
  changesOf,
  productionTemplates,
  type RawResource,
  references,
  type Resources,
  templatesOfSample,
} from './templates';

/** Everything that a team changes between two deployments, at once. */
const CHANGED: GreenroomConfig = {
  ...sample,
  container: { ...sample.container, cpu: 1024, memory: 2048, environment: { FEATURE: 'on' }, stopTimeout: 60 },
  environments: sample.environments.map((environment) => ({
    ...environment,
    size: { min: 3, max: 12, targetCpuPercent: 50 },
    alarms: {
      errors5xx: { threshold: 20, period: 60, evaluationPeriods: 2 },
      unhealthyHosts: { threshold: 2, period: 300, evaluationPeriods: 1 },
      errorRate: { threshold: 10, period: 120, evaluationPeriods: 2, minRequests: 50 },
      latencyP95: { threshold: 900, period: 60, evaluationPeriods: 5 },
      own: ['checkout-conversion'],
    },
    traffic: [
      { percent: 10, hold: 120 },
      { percent: 100, hold: 0 },
    ],
    bake: 1_200,
    revertWindow: 5_400,
    healthyTimeout: 1_200,
    approval: { ...environment.approval, timeout: 36_000 },
    scan: { ...environment.scan, failOn: 'CRITICAL' },
    smoke: [{ path: '/', status: 200 }],
    database: { ...environment.database, instanceClass: 'db.m7g.xlarge', storageGb: 200 },
  })),
};

/** Memory and time of functions are no options: they change with a new version of the library. */
const otherFunctions = {
  visit(node: IConstruct) {
    if (!(node instanceof CfnFunction)) return;
    node.memorySize = 1_024;
    node.timeout = 77;
  },
};

/**
 * What CloudFormation does with each property that changed: "Update requires" in its resource reference. `replacement`
 * means a new resource, and the old one deleted afterwards.
 */
const EFFECTS: Readonly<Record<string, readonly ['no interruption' | 'some interruptions' | 'replacement', string]>> = {
  'AWS::CloudWatch::Alarm AlarmDescription': ['no interruption', 'the alarm keeps its state'],
  'AWS::CloudWatch::Alarm EvaluationPeriods': ['no interruption', 'the alarm keeps its state'],
  'AWS::CloudWatch::Alarm Metrics': ['no interruption', 'the alarm keeps its state'],
  'AWS::CloudWatch::Alarm Period': ['no interruption', 'the alarm keeps its state'],
  'AWS::CloudWatch::Alarm Threshold': ['no interruption', 'the alarm keeps its state'],
  'AWS::ECS::TaskDefinition ContainerDefinitions': ['replacement', 'a new revision of the template’s own family'],
  'AWS::ECS::TaskDefinition Cpu': ['replacement', 'a new revision of the template’s own family'],
  'AWS::ECS::TaskDefinition Memory': ['replacement', 'a new revision of the template’s own family'],
  'AWS::Lambda::Function Environment': ['no interruption', 'holds from the next invocation on'],
  'AWS::Lambda::Function MemorySize': ['no interruption', 'holds from the next invocation on'],
  'AWS::Lambda::Function Timeout': ['no interruption', 'holds from the next invocation on'],
  'AWS::RDS::DBInstance AllocatedStorage': ['no interruption', 'the volume grows while it serves'],
  'AWS::RDS::DBInstance DBInstanceClass': ['some interruptions', 'a failover to the standby in the other zone'],
  'AWS::StepFunctions::StateMachine DefinitionString': ['no interruption', 'running executions keep their definition'],
};

/** What decides what is live, or carries it: nothing of it may change at all. */
const DECISIVE: readonly string[] = [
  'AWS::ECS::Service',
  'AWS::ECS::Cluster',
  'AWS::CloudFront::KeyValueStore',
  'AWS::CloudFront::Function',
  'AWS::CloudFront::Distribution',
  'AWS::CloudFront::VpcOrigin',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::Logs::LogGroup',
  'AWS::SecretsManager::Secret',
  'AWS::SecretsManager::SecretTargetAttachment',
  'AWS::ECR::Repository',
  'AWS::DynamoDB::Table',
  'Custom::FirstRevision',
  'Custom::LiveShape',
];

const before = templatesOfSample();
const after = productionTemplates(CHANGED, otherFunctions);
const changes = changesOf(before.resources, after.resources);

/** How an update from one template to the other could touch what is live. */
function dangers(from: Resources, to: Resources): string[] {
  const touched = changesOf(from, to)
    .filter(({ type, property }) => DECISIVE.includes(type) || ['created', 'deleted'].includes(property))
    .map(({ path, property }) => `${path}: ${property}`);
  const replaced = changesOf(from, to)
    .filter(({ type, property }) => type !== 'AWS::ECS::TaskDefinition' && CREATE_ONLY[type]?.includes(property))
    .map(({ path, property }) => `${path}: ${property} replaces it`);
  const renamed = changesOf(from, to)
    .filter(({ property }) => property === 'Family')
    .map(({ path }) => `${path}: another family`);
  const sized = ofType(to, 'AWS::ECS::Service')
    .filter(
      ({ Properties }) => Properties?.DesiredCount !== undefined || typeof Properties?.TaskDefinition !== 'string',
    )
    .map(({ Properties }) => `${Properties?.ServiceName}: the template says what it runs, or how large it is`);
  const seeded = ofType(to, 'AWS::CloudFront::KeyValueStore')
    .filter(({ Properties }) => Properties?.ImportSource !== undefined)
    .map(({ Properties }) => `${Properties?.Name}: the template writes the route`);
  return [...touched, ...replaced, ...renamed, ...sized, ...seeded];
}

function ofType(resources: Resources, type: string): RawResource[] {
  return Object.values(resources).filter(({ Type }) => Type === type);
}

test('the same configuration gives the same templates', () => {
  expect(changesOf(before.resources, productionTemplates(sample).resources)).toEqual([]);
});

test('what changes is in the table, with what CloudFormation does about it', () => {
  const changed = new Set(changes.map(({ type, property }) => `${type} ${property}`));
  expect([...changed].sort()).toEqual(Object.keys(EFFECTS));
});

test.each(Object.entries(EFFECTS).map(([change, [effect]]) => [change, effect]))('%s: %s', (change, effect) => {
  const [type, property] = change.split(' ') as [string, string];
  expect(effect === 'replacement').toBe(CREATE_ONLY[type]!.includes(property));
});

test('nothing changes that decides what is live', () => {
  expect(dangers(before.resources, after.resources)).toEqual([]);
  const types = new Set(Object.values(before.resources).map(({ Type }) => Type));
  expect(DECISIVE.filter((type) => !types.has(type))).toEqual([]);
});

test('only the template’s own family gets a new revision, and no service runs that family', () => {
  const replaced = changes.filter(({ type }) => type === 'AWS::ECS::TaskDefinition').map(({ path }) => path);
  expect(new Set(replaced.map((path) => after.resources[path]?.Properties?.Family))).toEqual(
    new Set(['notes-production-template']),
  );
  expect(ofType(after.resources, 'AWS::ECS::Service').map(({ Properties }) => Properties?.TaskDefinition)).toEqual([
    'notes-production-blue',
    'notes-production-green',
  ]);
});

test('a new template does not run the first revisions again: they do not refer to it, and their inputs stay', () => {
  for (const { Properties } of ofType(after.resources, 'Custom::FirstRevision')) {
    const referred = references(Properties).map((id) => after.resources[`notes-production-fleet/${id}`]?.Type);
    expect(new Set(referred)).toEqual(new Set(['AWS::Lambda::Function', 'AWS::Logs::LogGroup']));
  }
});

const KEPT = 'RetainExceptOnCreate';

/** What a revision refers to, found from the template that it is cloned from. */
function referredTo(): string[] {
  const [path] = Object.entries(before.resources).find(([, { Type }]) => Type === 'AWS::ECS::TaskDefinition')!;
  const found = new Set<string>();
  const follow = (from: string) => {
    for (const name of references(before.resources[from]?.Properties)) {
      const to = before.exports[name] ?? `${from.split('/')[0]}/${name}`;
      if (found.has(to)) continue;
      found.add(to);
      // An attachment stands for its secret.
      if (before.resources[to]?.Type === 'AWS::SecretsManager::SecretTargetAttachment') follow(to);
    }
  };
  follow(path);
  return [...found];
}

/** What a running revision cannot do without: a fixed name, so that it is never replaced, and kept when it is left out. */
test.each([
  ['notes-production-database', 'AWS::RDS::DBInstance', 'DBInstanceIdentifier', 'notes-production', 'Retain'],
  ['notes-production-database', 'AWS::SecretsManager::Secret', 'Name', 'notes-production-database', 'Retain'],
  // It goes with its stack alone, which no deployment deletes: what is in it can be had from the database.
  ['notes-production-cache', 'AWS::ElastiCache::ReplicationGroup', 'ReplicationGroupId', 'notes-production', 'Delete'],
  ['notes-production-cache', 'AWS::SecretsManager::Secret', 'Name', 'notes-production-cache', 'Retain'],
  ['notes-production-registry', 'AWS::ECR::Repository', 'RepositoryName', 'notes/production', 'Retain'],
  ['notes-production-fleet', 'AWS::IAM::Role', 'RoleName', 'notes-production-task', KEPT],
  ['notes-production-fleet', 'AWS::IAM::Role', 'RoleName', 'notes-production-execution', KEPT],
  ['notes-production-fleet', 'AWS::Logs::LogGroup', 'LogGroupName', '/greenroom/notes-production/blue', KEPT],
  ['notes-production-fleet', 'AWS::Logs::LogGroup', 'LogGroupName', '/greenroom/notes-production/green', KEPT],
])('%s keeps its %s with the %s %s', (stack, type, property, name, policy) => {
  const named = Object.entries(after.resources).filter(
    ([path, { Type, Properties }]) => path.startsWith(`${stack}/`) && Type === type && Properties?.[property] === name,
  );
  expect(named.map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [DeletionPolicy, UpdateReplacePolicy])).toEqual([
    [policy, 'Retain'],
  ]);
});

test('a revision refers to nothing else that could go away', () => {
  // Green's revisions differ from the template in their log group, which the table names as well.
  expect(
    referredTo()
      .map((path) => before.resources[path]?.Type)
      .sort(),
  ).toEqual([
    'AWS::ECR::Repository',
    'AWS::ElastiCache::ReplicationGroup',
    'AWS::IAM::Role',
    'AWS::IAM::Role',
    'AWS::Logs::LogGroup',
    'AWS::RDS::DBInstance',
    'AWS::SecretsManager::Secret',
    'AWS::SecretsManager::Secret',
    'AWS::SecretsManager::SecretTargetAttachment',
  ]);
});

describe('a template that would touch what is live is found', () => {
  const edit = (type: string, change: (resource: RawResource) => void) => (resources: Resources) =>
    change(ofType(resources, type)[0]!);
  const property = (type: string, name: string, value: unknown) =>
    edit(type, (resource) => (resource.Properties = { ...resource.Properties, [name]: value }));

  test.each<[string, (resources: Resources) => unknown]>([
    ['a service with a size', property('AWS::ECS::Service', 'DesiredCount', 2)],
    [
      'a service with a revision',
      property('AWS::ECS::Service', 'TaskDefinition', { Ref: 'TemplateDefinition4F7C1A38' }),
    ],
    ['a route that is seeded', property('AWS::CloudFront::KeyValueStore', 'ImportSource', { SourceType: 'S3' })],
    ['a store with another name', property('AWS::CloudFront::KeyValueStore', 'Name', 'other')],
    ['a distribution with another origin', property('AWS::CloudFront::Distribution', 'DistributionConfig', {})],
    ['a role with another name', property('AWS::IAM::Role', 'RoleName', 'other')],
    ['a log group that is not kept', edit('AWS::Logs::LogGroup', (each) => (each.UpdateReplacePolicy = 'Delete'))],
    ['a template of another family', property('AWS::ECS::TaskDefinition', 'Family', 'other')],
    ['a secret with another name', property('AWS::SecretsManager::Secret', 'Name', 'other')],
    ['a first revision with another image', property('Custom::FirstRevision', 'Image', 'other')],
    ['a database with another name', property('AWS::RDS::DBInstance', 'DBInstanceIdentifier', 'other')],
    ['a function with another name', property('AWS::Lambda::Function', 'FunctionName', 'other')],
    ['an alarm with another name', property('AWS::CloudWatch::Alarm', 'AlarmName', 'other')],
    ['a resource less', (resources) => delete resources[Object.keys(resources)[0]!]],
  ])('%s', (_what, spoil) => {
    const spoilt = structuredClone(after.resources);
    spoil(spoilt);
    expect(dangers(after.resources, spoilt)).not.toEqual([]);
  });
});
