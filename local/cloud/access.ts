import { Arns, type Partition } from './arns';
import { machineOfToken } from './executions/tokens';
import type { ServiceName } from './model';

/** One permission that a call needs. */
export interface Access {
  readonly action: string;
  /** ARN, or `*` where the Service Authorization Reference names no resource type. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- inputs are those of the SDK commands
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

/** The instance that a restore makes, with the groups that it names. RDS takes a group of no options where none is named. */
function restored(
  aws: Arns,
  action: string,
  id: string,
  input: { DBParameterGroupName?: string; DBSubnetGroupName?: string; OptionGroupName?: string; Tags?: unknown[] },
): Access[] {
  const { DBParameterGroupName = 'default', DBSubnetGroupName = 'default', OptionGroupName = 'default:engine' } = input;
  const made = aws.of('rds', `db:${id}`);
  const groups = [`pg:${DBParameterGroupName}`, `subgrp:${DBSubnetGroupName}`, `og:${OptionGroupName}`];
  return [
    ...[made, ...groups.map((group) => aws.of('rds', group))].flatMap((resource) => one(`rds:${action}`, resource)),
    ...(input.Tags?.length ? one('rds:AddTagsToResource', made) : []),
  ];
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
      leadingKey(input.Item ?? input.Key),
    );

/** The partition key of the item, as DynamoDB's own protocol or the document client writes it. */
function leadingKey(item: { readonly pk?: string | { readonly S?: string } } | undefined): Access['context'] {
  const value = typeof item?.pk === 'object' ? item.pk.S : item?.pk;
  return value === undefined ? undefined : { 'dynamodb:LeadingKeys': value };
}

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
        aws.of('ecs', `container-instance/${aws.clusterName(input.cluster)}/*`),
        inCluster(aws, input.cluster),
      ),
    DescribeTasks: (input, aws) =>
      input.tasks.flatMap((task: string) =>
        one('ecs:DescribeTasks', aws.ecs('task', input.cluster, task), inCluster(aws, input.cluster)),
      ),
    // Of a family, the newest revision; the roles that its tasks get are judged by whoever knows them.
    RunTask: (input, aws) =>
      one('ecs:RunTask', aws.of('ecs', `task-definition/${input.taskDefinition}:1`), inCluster(aws, input.cluster)),
    StopTask: (input, aws) =>
      one('ecs:StopTask', aws.ecs('task', input.cluster, input.task), inCluster(aws, input.cluster)),
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
    GetMetricData: anywhere('cloudwatch:GetMetricData'),
    DescribeAlarms: (input, aws) =>
      ((input.AlarmNames as string[] | undefined) ?? ['*']).flatMap((name) =>
        one('cloudwatch:DescribeAlarms', aws.of('cloudwatch', `alarm:${name}`)),
      ),
  },
  'cloudwatch-logs': {
    GetLogEvents: (input, aws) =>
      one('logs:GetLogEvents', aws.of('logs', `log-group:${input.logGroupName}:log-stream:${input.logStreamName}`)),
    DescribeLogGroups: anywhere('logs:DescribeLogGroups'),
  },
  backup: {
    DescribeBackupVault: (input, aws) =>
      one('backup:DescribeBackupVault', aws.of('backup', `backup-vault:${input.BackupVaultName}`)),
    ListRecoveryPointsByBackupVault: (input, aws) =>
      one('backup:ListRecoveryPointsByBackupVault', aws.of('backup', `backup-vault:${input.BackupVaultName}`)),
    ListCopyJobs: anywhere('backup:ListCopyJobs'),
    DescribeRestoreJob: anywhere('backup:DescribeRestoreJob'),
    PutRestoreValidationResult: anywhere('backup:PutRestoreValidationResult'),
  },
  ec2: { DescribeSubnets: anywhere('ec2:DescribeSubnets') },
  iam: {
    GetRole: (input, aws) => one('iam:GetRole', aws.global('iam', `role/${input.RoleName}`)),
  },
  'service-quotas': {
    GetServiceQuota: (input, aws) =>
      one('servicequotas:GetServiceQuota', aws.of('servicequotas', `${input.ServiceCode}/${input.QuotaCode}`)),
  },
  rds: {
    DescribeAccountAttributes: anywhere('rds:DescribeAccountAttributes'),
    DeleteDBSnapshot: (input, aws) =>
      one('rds:DeleteDBSnapshot', aws.snapshot(input.DBSnapshotIdentifier), {
        'aws:ResourceTag/greenroom:release': 'its release',
      }),
    CreateDBSnapshot: (input, aws) => [
      ...one('rds:CreateDBSnapshot', aws.of('rds', `db:${input.DBInstanceIdentifier}`)),
      ...one('rds:CreateDBSnapshot', aws.of('rds', `snapshot:${input.DBSnapshotIdentifier}`)),
      ...(input.Tags?.length > 0
        ? one('rds:AddTagsToResource', aws.of('rds', `snapshot:${input.DBSnapshotIdentifier}`))
        : []),
    ],
    DescribeDBSnapshots: (input, aws) =>
      input.DBSnapshotIdentifier
        ? one('rds:DescribeDBSnapshots', aws.snapshot(input.DBSnapshotIdentifier))
        : one('rds:DescribeDBSnapshots', aws.of('rds', `db:${input.DBInstanceIdentifier ?? '*'}`)),
    CopyDBSnapshot: (input, aws) => [
      ...one('rds:CopyDBSnapshot', aws.snapshot(input.SourceDBSnapshotIdentifier)),
      ...one('rds:CopyDBSnapshot', aws.snapshot(input.TargetDBSnapshotIdentifier)),
      ...(input.Tags?.length ? one('rds:AddTagsToResource', aws.snapshot(input.TargetDBSnapshotIdentifier)) : []),
    ],
    DescribeDBInstances: (input, aws) =>
      one('rds:DescribeDBInstances', aws.of('rds', `db:${input.DBInstanceIdentifier ?? '*'}`)),
    ModifyDBInstance: (input, aws) => one('rds:ModifyDBInstance', aws.of('rds', `db:${input.DBInstanceIdentifier}`)),
    RestoreDBInstanceToPointInTime: (input, aws) => [
      ...one('rds:RestoreDBInstanceToPointInTime', aws.of('rds', `db:${input.SourceDBInstanceIdentifier}`)),
      ...restored(aws, 'RestoreDBInstanceToPointInTime', input.TargetDBInstanceIdentifier, input),
    ],
    RestoreDBInstanceFromDBSnapshot: (input, aws) => [
      ...one('rds:RestoreDBInstanceFromDBSnapshot', aws.snapshot(input.DBSnapshotIdentifier)),
      ...restored(aws, 'RestoreDBInstanceFromDBSnapshot', input.DBInstanceIdentifier, input),
    ],
  },
  s3: { GetObject: object('GetObject'), HeadObject: object('GetObject'), PutObject: object('PutObject') },
  'secrets-manager': {
    DescribeSecret: (input, aws) => one('secretsmanager:DescribeSecret', aws.secret(input.SecretId)),
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
  eventbridge: {
    PutEvents: (input, aws) =>
      input.Entries.map(({ Source, DetailType, EventBusName }: Record<string, string>) => ({
        action: 'events:PutEvents',
        resource: aws.of('events', `event-bus/${EventBusName ?? 'default'}`),
        context: { 'events:source': Source, 'events:detail-type': DetailType },
      })),
  },
  lambda: {
    Invoke: (input, aws) => one('lambda:InvokeFunction', aws.function(input.FunctionName)),
    GetFunctionUrlConfig: (input, aws) => one('lambda:GetFunctionUrlConfig', aws.function(input.FunctionName)),
  },
};
