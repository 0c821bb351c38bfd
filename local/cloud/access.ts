import { secretSuffix } from '../assembly/identity';
import { machineOfToken } from './executions/tokens';
import type { ServiceName } from './model';

/** One permission that a call needs. */
export interface Access {
  readonly action: string;
  /** ARN, or `*` where the Service Authorization Reference names no resource type. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

export interface Partition {
  readonly account: string;
  readonly region: string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs are those of the SDK commands
type Rule = (input: any, aws: Arns) => Access[];

/** What a call needs; all of it must be allowed. @throws Error for an operation that has no rule yet */
export function accessOf(service: ServiceName, operation: string, input: object, partition: Partition): Access[] {
  const rule = RULES[service]?.[operation];
  if (!rule) throw new Error(`no IAM rule for ${service} ${operation}: add it to local/cloud/access.ts`);
  return rule(input, new Arns(partition));
}

/** Operations that have a rule. */
export function knownOperations(service: ServiceName): string[] {
  return Object.keys(RULES[service] ?? {});
}

/** ARNs of what inputs name. An input that is an ARN already stays as it is. */
class Arns {
  constructor(private readonly partition: Partition) {}
  of(service: string, resource: string): string {
    return `arn:aws:${service}:${this.partition.region}:${this.partition.account}:${resource}`;
  }
  global(service: string, resource: string): string {
    return `arn:aws:${service}::${this.partition.account}:${resource}`;
  }
  cluster(nameOrArn: string | undefined): string {
    return arnOr(nameOrArn ?? 'default', (name) => this.of('ecs', `cluster/${name}`));
  }
  ecs(kind: 'service' | 'task', cluster: string | undefined, nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('ecs', `${kind}/${lastPart(this.cluster(cluster))}/${name}`));
  }
  table(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('dynamodb', `table/${name}`));
  }
  trackingAlarms(input: { ResourceId: string }): string {
    return this.of('cloudwatch', `alarm:TargetTracking-${input.ResourceId}-*`);
  }
  function(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('lambda', `function:${name}`));
  }
  secret(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('secretsmanager', `secret:${name}-${secretSuffix(name)}`));
  }
}

const arnOr = (text: string, make: (name: string) => string) => (text.startsWith('arn:') ? text : make(text));
const lastPart = (arn: string) => arn.split('/').at(-1) ?? arn;
const one = (action: string, resource: string, context?: Access['context']): Access[] => [
  { action, resource, context },
];
const anywhere =
  (action: string): Rule =>
  () =>
    one(action, '*');

function passRole(roleArn: string | undefined, service: string): Access[] {
  return roleArn ? one('iam:PassRole', roleArn, { 'iam:PassedToService': service }) : [];
}

const inCluster = (aws: Arns, cluster?: string) => ({ 'ecs:cluster': aws.cluster(cluster) });

const repository =
  (action: string): Rule =>
  (input, aws) =>
    one(`ecr:${action}`, aws.of('ecr', `repository/${input.repositoryName}`));

const scalableTarget =
  (action: string): Rule =>
  (input, aws) =>
    one(`application-autoscaling:${action}`, aws.of('application-autoscaling', 'scalable-target/*'), {
      'application-autoscaling:service-namespace': input.ServiceNamespace,
      'application-autoscaling:scalable-dimension': input.ScalableDimension,
    });

const table =
  (action: string): Rule =>
  (input, aws) =>
    one(
      `dynamodb:${action}`,
      input.IndexName ? `${aws.table(input.TableName)}/index/${input.IndexName}` : aws.table(input.TableName),
    );

const store =
  (action: string): Rule =>
  (input) =>
    one(`cloudfront-keyvaluestore:${action}`, input.KvsARN);

const object =
  (action: string): Rule =>
  (input) =>
    one(`s3:${action}`, `arn:aws:s3:::${input.Bucket}/${input.Key}`);

/**
 * What each operation needs, from the Service Authorization Reference. A test compares it with the published data.
 * Operations without resource types there are judged against `*`.
 */
const RULES: Readonly<Record<ServiceName, Readonly<Record<string, Rule>>>> = {
  ecs: {
    DescribeServices: (input, aws) =>
      input.services.flatMap((service: string) =>
        one('ecs:DescribeServices', aws.ecs('service', input.cluster, service), inCluster(aws, input.cluster)),
      ),
    UpdateService: (input, aws) =>
      one('ecs:UpdateService', aws.ecs('service', input.cluster, input.service), {
        ...inCluster(aws, input.cluster),
        ...(input.taskDefinition && { 'ecs:task-definition': input.taskDefinition }),
      }),
    DescribeTaskDefinition: anywhere('ecs:DescribeTaskDefinition'),
    DeregisterTaskDefinition: anywhere('ecs:DeregisterTaskDefinition'),
    ListTaskDefinitions: anywhere('ecs:ListTaskDefinitions'),
    RegisterTaskDefinition: (input, aws) => [
      // The revision does not exist yet when the call is judged.
      ...one('ecs:RegisterTaskDefinition', aws.of('ecs', `task-definition/${input.family}:*`)),
      ...(input.tags?.length > 0
        ? one('ecs:TagResource', aws.of('ecs', `task-definition/${input.family}:*`), {
            'ecs:CreateAction': 'RegisterTaskDefinition',
          })
        : []),
      ...passRole(input.taskRoleArn, 'ecs-tasks.amazonaws.com'),
      ...passRole(input.executionRoleArn, 'ecs-tasks.amazonaws.com'),
    ],
    ListTasks: (input, aws) =>
      one(
        'ecs:ListTasks',
        aws.of('ecs', `container-instance/${lastPart(aws.cluster(input.cluster))}/*`),
        inCluster(aws, input.cluster),
      ),
    DescribeTasks: (input, aws) =>
      input.tasks.flatMap((task: string) =>
        one('ecs:DescribeTasks', aws.ecs('task', input.cluster, task), inCluster(aws, input.cluster)),
      ),
  },
  'elastic-load-balancing-v2': { DescribeTargetHealth: anywhere('elasticloadbalancing:DescribeTargetHealth') },
  'application-auto-scaling': {
    RegisterScalableTarget: scalableTarget('RegisterScalableTarget'),
    // The alarms of target-tracking policies are made and deleted with the caller's permissions.
    DeregisterScalableTarget: (input, aws) => [
      ...scalableTarget('DeregisterScalableTarget')(input, aws),
      ...one('cloudwatch:DeleteAlarms', aws.trackingAlarms(input)),
    ],
    PutScalingPolicy: (input, aws) => [
      ...scalableTarget('PutScalingPolicy')(input, aws),
      ...one('cloudwatch:PutMetricAlarm', aws.trackingAlarms(input)),
    ],
    DescribeScalableTargets: anywhere('application-autoscaling:DescribeScalableTargets'),
  },
  ecr: {
    DescribeImages: repository('DescribeImages'),
    DescribeImageScanFindings: repository('DescribeImageScanFindings'),
    BatchGetImage: repository('BatchGetImage'),
    PutImage: repository('PutImage'),
  },
  dynamodb: {
    GetItem: table('GetItem'),
    PutItem: table('PutItem'),
    UpdateItem: table('UpdateItem'),
    DeleteItem: table('DeleteItem'),
    Query: table('Query'),
  },
  sfn: {
    StartExecution: (input) => one('states:StartExecution', input.stateMachineArn),
    DescribeExecution: (input) => one('states:DescribeExecution', input.executionArn),
    StopExecution: (input) => one('states:StopExecution', input.executionArn),
    ListExecutions: (input) => one('states:ListExecutions', input.stateMachineArn),
    // The reference names no resource type, and CDK's grantTaskResponse names the state machine, which works: either does.
    SendTaskSuccess: (input) => one('states:SendTaskSuccess', machineOfToken(input.taskToken) ?? '*'),
    SendTaskFailure: (input) => one('states:SendTaskFailure', machineOfToken(input.taskToken) ?? '*'),
  },
  'cloudfront-keyvaluestore': {
    DescribeKeyValueStore: store('DescribeKeyValueStore'),
    GetKey: store('GetKey'),
    PutKey: store('PutKey'),
    UpdateKeys: store('UpdateKeys'),
  },
  cloudfront: {
    GetDistribution: (input, aws) =>
      one('cloudfront:GetDistribution', aws.global('cloudfront', `distribution/${input.Id}`)),
  },
  cloudwatch: {
    DescribeAlarms: (input, aws) =>
      ((input.AlarmNames as string[] | undefined) ?? ['*']).flatMap((name) =>
        one('cloudwatch:DescribeAlarms', aws.of('cloudwatch', `alarm:${name}`)),
      ),
  },
  'cloudwatch-logs': {
    FilterLogEvents: (input, aws) =>
      // The ARN that AWS names in its denials: a policy needs `log-group:<name>:*`.
      one(
        'logs:FilterLogEvents',
        `${input.logGroupIdentifier ?? aws.of('logs', `log-group:${input.logGroupName}`)}:log-stream:`,
      ),
  },
  rds: {
    CreateDBSnapshot: (input, aws) => [
      ...one('rds:CreateDBSnapshot', aws.of('rds', `db:${input.DBInstanceIdentifier}`)),
      ...one('rds:CreateDBSnapshot', aws.of('rds', `snapshot:${input.DBSnapshotIdentifier}`)),
      ...(input.Tags?.length > 0
        ? one('rds:AddTagsToResource', aws.of('rds', `snapshot:${input.DBSnapshotIdentifier}`))
        : []),
    ],
    DescribeDBSnapshots: (input, aws) =>
      input.DBSnapshotIdentifier
        ? one('rds:DescribeDBSnapshots', aws.of('rds', `snapshot:${input.DBSnapshotIdentifier}`))
        : one('rds:DescribeDBSnapshots', aws.of('rds', `db:${input.DBInstanceIdentifier ?? '*'}`)),
  },
  s3: { GetObject: object('GetObject'), HeadObject: object('GetObject'), PutObject: object('PutObject') },
  'secrets-manager': {
    GetSecretValue: (input, aws) => one('secretsmanager:GetSecretValue', aws.secret(input.SecretId)),
  },
  sns: { Publish: (input) => one('sns:Publish', input.TopicArn ?? input.TargetArn) },
  scheduler: {
    CreateSchedule: (input, aws) => [
      ...one('scheduler:CreateSchedule', aws.of('scheduler', `schedule/${input.GroupName ?? 'default'}/${input.Name}`)),
      ...passRole(input.Target?.RoleArn, 'scheduler.amazonaws.com'),
    ],
    DeleteSchedule: (input, aws) =>
      one('scheduler:DeleteSchedule', aws.of('scheduler', `schedule/${input.GroupName ?? 'default'}/${input.Name}`)),
  },
  lambda: { Invoke: (input, aws) => one('lambda:InvokeFunction', aws.function(input.FunctionName)) },
};
